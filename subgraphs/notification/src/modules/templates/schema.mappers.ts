import type { Connection } from '@flowmesh/platform/connections';
import type { ListedVersion, TemplateRecord, TemplateVersion } from './template-record.ts';

export type NotificationTemplateMapper = TemplateRecord;
export type NotificationTemplateConnectionMapper = Connection<TemplateRecord>;
export type NotificationTemplateVersionMapper = TemplateVersion;
export type NotificationTemplateVersionConnectionMapper = Connection<ListedVersion>;
