export {
  ConfigError,
  loadPlatformConfig,
  loadServiceConfig,
  PLATFORM_VARIABLES,
  type PlatformConfig,
  type ProcessDefaults,
  type ServiceNeeds,
} from './platform-config.ts';
