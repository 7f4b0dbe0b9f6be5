import type { Viewer } from '@flowmesh/platform/access';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import { perArguments } from '@flowmesh/platform/loaders';
import DataLoader from 'dataloader';
import type { Channel } from './adapters/channel-adapter.ts';
import type { ProviderHealth, ProviderRecord } from './modules/channels/channel-record.ts';
import type { ProviderCircuit } from './modules/channels/provider-circuits.ts';
import type { TemplateFigures } from './modules/analytics/analytics-record.ts';
import type { ChannelAnalytics, RangeArguments } from './modules/analytics/analytics-service.ts';
import type { InboxItem } from './modules/inbox/inbox-record.ts';
import type { DeliveryRecord, NotificationRecord } from './modules/notifications/notification-record.ts';
import type { NotificationListArguments } from './modules/notifications/notification-query.ts';
import type { ListedVersion, TemplateRecord } from './modules/templates/template-record.ts';
import type { Services } from './services.ts';

/** Batched reads of one operation; each knows its viewer, and gives null for what the viewer may not see. */
export interface Loaders {
  readonly notifications: DataLoader<string, NotificationRecord | null>;
  readonly inboxItems: DataLoader<string, InboxItem | null>;
  readonly templates: DataLoader<string, TemplateRecord | null>;
  readonly deliveries: DataLoader<string, DeliveryRecord[]>;
  readonly providerHealth: DataLoader<string, ProviderHealth>;
  readonly providerCircuits: DataLoader<ProviderRecord, ProviderCircuit, string>;
  /** Why nothing can be sent through it; null when that is not so. */
  readonly providerProblems: DataLoader<ProviderRecord, string | null, string>;
  readonly notificationsOfUser: (args: NotificationListArguments) => DataLoader<string, Connection<NotificationRecord>>;
  readonly templateAnalytics: (args: RangeArguments) => DataLoader<string, TemplateFigures>;
  readonly channelAnalytics: (args: RangeArguments) => DataLoader<Channel, ChannelAnalytics>;
  readonly templateVersions: (args: PageArguments) => DataLoader<TemplateRecord, Connection<ListedVersion>>;
}

const options = { maxBatchSize: 500 };

export function createLoaders(
  viewer: Viewer,
  { notifications, inbox, templates, channels, analytics }: Services,
): Loaders {
  return {
    notifications: new DataLoader((ids) => notifications.visible(viewer, ids), options),
    inboxItems: new DataLoader((ids) => inbox.visible(viewer, ids), options),
    templates: new DataLoader((ids) => templates.visible(viewer, ids), options),
    deliveries: new DataLoader((ids) => notifications.deliveriesOf(ids), options),
    providerHealth: new DataLoader((ids) => channels.healthOf(ids), options),
    providerCircuits: new DataLoader((providers) => channels.circuitsOf(providers), {
      ...options,
      cacheKeyFn: ({ id }) => id,
    }),
    providerProblems: new DataLoader((providers) => channels.problemsOf(providers), {
      ...options,
      cacheKeyFn: ({ id }) => id,
    }),
    notificationsOfUser: perArguments(
      (args) => new DataLoader((ids) => notifications.listsOf(viewer, ids, args), options),
    ),
    templateAnalytics: perArguments(
      (args) => new DataLoader((ids) => analytics.ofTemplates(viewer, ids, args), options),
    ),
    channelAnalytics: perArguments(
      (args) => new DataLoader((channels) => analytics.ofChannels(viewer, channels, args), options),
    ),
    templateVersions: perArguments((args) => new DataLoader((rows) => templates.versionsOf(rows, args), options)),
  };
}
