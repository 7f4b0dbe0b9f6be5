import type { Preferences } from './preference-record.ts';

export type NotificationPreferencesMapper = Preferences;
