import type { Viewer } from '@flowmesh/platform/access';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import DataLoader from 'dataloader';
import type { Channel } from './channels/channel-adapter.ts';
import type { ProviderHealth } from './modules/channels/channel-record.ts';
import type { ChannelService } from './modules/channels/channel-service.ts';
import type { TemplateFigures } from './modules/analytics/analytics-record.ts';
import type { AnalyticsService, ChannelAnalytics, RangeArguments } from './modules/analytics/analytics-service.ts';
import type { InboxItem } from './modules/inbox/inbox-record.ts';
import type { InboxService } from './modules/inbox/inbox-service.ts';
import type { DeliveryRecord, NotificationRecord } from './modules/notifications/notification-record.ts';
import type { ListArguments, NotificationService } from './modules/notifications/notification-service.ts';
import type { ListedVersion, TemplateRecord } from './modules/templates/template-record.ts';
import type { TemplateService } from './modules/templates/template-service.ts';

/** Batched reads of one operation; each knows its viewer, and gives null for what the viewer may not see. */
export interface Loaders {
  readonly notifications: DataLoader<string, NotificationRecord | null>;
  readonly inboxItems: DataLoader<string, InboxItem | null>;
  readonly templates: DataLoader<string, TemplateRecord | null>;
  readonly deliveries: DataLoader<string, DeliveryRecord[]>;
  readonly providerHealth: DataLoader<string, ProviderHealth>;
  /** One loader for each set of arguments: a page of users reads all its lists in one statement. */
  notificationsOfUser(args: ListArguments): DataLoader<string, Connection<NotificationRecord>>;
  templateAnalytics(args: RangeArguments): DataLoader<string, TemplateFigures>;
  channelAnalytics(args: RangeArguments): DataLoader<Channel, ChannelAnalytics>;
  templateVersions(args: PageArguments): DataLoader<TemplateRecord, Connection<ListedVersion>>;
}

/** What reads for them. */
export interface Readers {
  readonly notifications: NotificationService;
  readonly inbox: InboxService;
  readonly templates: TemplateService;
  readonly channels: ChannelService;
  readonly analytics: AnalyticsService;
}

const MAX_BATCH = 500;

/** One loader for each set of arguments. */
function perArguments<Args, Key, Value>(
  keyOf: (args: Args) => unknown,
  make: (args: Args) => DataLoader<Key, Value>,
): (args: Args) => DataLoader<Key, Value> {
  const known = new Map<string, DataLoader<Key, Value>>();
  return (args) => {
    const key = JSON.stringify(keyOf(args));
    const loader = known.get(key) ?? make(args);
    known.set(key, loader);
    return loader;
  };
}

export function createLoaders(
  viewer: Viewer,
  { notifications, inbox, templates, channels, analytics }: Readers,
): Loaders {
  const options = { maxBatchSize: MAX_BATCH };
  return {
    notifications: new DataLoader((ids) => notifications.visible(viewer, ids), options),
    inboxItems: new DataLoader((ids) => inbox.visible(viewer, ids), options),
    templates: new DataLoader((ids) => templates.visible(viewer, ids), options),
    deliveries: new DataLoader((ids) => notifications.deliveriesOf(ids), options),
    providerHealth: new DataLoader((ids) => channels.healthOf(ids), options),
    notificationsOfUser: perArguments(
      ({ filter, orderBy, first, after }) => [filter, orderBy, first, after],
      (args) => new DataLoader((ids) => notifications.listsOf(viewer, ids, args), options),
    ),
    templateAnalytics: perArguments(
      ({ from, to }) => [from, to],
      (args) => new DataLoader((ids) => analytics.ofTemplates(viewer, ids, args), options),
    ),
    channelAnalytics: perArguments(
      ({ from, to }) => [from, to],
      (args) => new DataLoader((channels) => analytics.ofChannels(viewer, channels, args), options),
    ),
    templateVersions: perArguments(
      ({ first, after }) => [first, after],
      (args) => new DataLoader((rows) => templates.versionsOf(rows, args), options),
    ),
  };
}
