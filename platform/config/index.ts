export { ConfigError } from './config-error.ts';
export { dataFolderProblem } from './data-folder.ts';
export type { Environment } from './environment.ts';
export {
  loadConfig,
  loadPlatformConfig,
  type LoadedConfig,
  type PlatformConfig,
  type ProcessSettings,
  type ServiceNeeds,
} from './platform-config.ts';
export {
  dataSettings,
  domainDatabaseSettings,
  PLATFORM_SETTINGS,
  processSettings,
  serviceSettings,
  settingsOfSubgraph,
  storeSettings,
} from './platform-settings.ts';
export { nearMisses } from './near-misses.ts';
export {
  anyText,
  httpAddress,
  isAddressRange,
  listOf,
  matching,
  numberBetween,
  oneOf,
  onOff,
  wholeNumber,
  type SettingType,
} from './setting-types.ts';
export { setting, type Setting } from './setting.ts';
export { settingsGroup, type Others, type SettingsGroup, type SettingValues } from './settings-group.ts';
export { readSettings, type Settings } from './settings.ts';
export { networkSettings, retentionSettings, suspensionSettings } from './shared-settings.ts';
export { showConfig } from './show-config.ts';
