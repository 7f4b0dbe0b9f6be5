import type { ProviderRecord } from './channel-record.ts';
import type { ChannelRecord } from './channel-service.ts';
import type { ShownSettings } from './shown-settings.ts';

export type NotificationChannelMapper = ChannelRecord;
export type NotificationChannelProviderMapper = ProviderRecord;
export type NotificationProviderSettingsMapper = ShownSettings;
