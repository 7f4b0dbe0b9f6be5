import { retentionSettings, suspensionSettings, type SettingsGroup } from '@flowmesh/platform/config';
import { workflowSettings } from './workflow-config.ts';

/** What workflow reads besides what every process does. */
export const settings: readonly SettingsGroup[] = [workflowSettings, suspensionSettings, retentionSettings];
