export { ConfigError, loadPlatformConfig, type PlatformConfig } from './platform-config.ts';
