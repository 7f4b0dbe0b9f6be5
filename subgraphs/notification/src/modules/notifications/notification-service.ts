import type { Viewer } from '@flowmesh/platform/access';
import { decodeCursor, pageSize, toConnection } from '@flowmesh/platform/connections';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import { newId } from '@flowmesh/platform/ids';
import { invalidFields, invalidInput } from '@flowmesh/platform/validation';
import type { ChannelAdapter } from '../../channels/channel-adapter.ts';
import type { DeliveryHints } from '../delivery/delivery-queue.ts';
import type { Providers } from '../delivery/providers.ts';
import type { DigestStore } from '../digests/digest-store.ts';
import type { PreferenceService } from '../preferences/preference-service.ts';
import type { MessageSource } from './message-source.ts';
import { maySee, visibleUser } from './notification-access.ts';
import { channelUnavailable, notificationUnwanted, recipientDisabled } from './notification-failures.ts';
import { sendShape, type SendNotificationInput, type SendValues } from './notification-input.ts';
import { prepareNotification } from './notification-preparation.ts';
import type { NotificationFilter, NotificationOrder, NotificationQuery } from './notification-query.ts';
import type { DeliveryRecord, NotificationRecord } from './notification-record.ts';
import type { NewNotification, NotificationStore } from './notification-store.ts';
import type { RecipientStore } from './recipient-store.ts';

const MAX_DELIVERIES = 100;

/** Who asks, for which request. */
export interface Caller {
  readonly viewer: Viewer;
  readonly requestId: string;
}

export interface ListArguments extends PageArguments {
  readonly filter?: NotificationFilter | null;
  readonly orderBy?: { readonly direction?: 'ASC' | 'DESC' } | null;
}

export interface NotificationServiceParts {
  readonly store: NotificationStore;
  readonly messages: MessageSource;
  readonly preferences: PreferenceService;
  readonly digests: DigestStore;
  readonly recipients: RecipientStore;
  readonly providers: Providers;
  readonly adapters: ReadonlyMap<string, ChannelAdapter>;
  readonly hints: DeliveryHints;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

/** Wishes are those of the user who is named; whoever gets mail at an address of their own has none here. */
const toJudged = (notification: NewNotification, { userId }: SendValues) => ({
  ...notification,
  userId: userId != null || notification.channel === 'IN_APP' ? notification.userId : null,
  at: notification.holdUntil,
});

const orderOf = (orderBy: ListArguments['orderBy']): NotificationOrder => ({
  field: 'createdAt',
  direction: orderBy?.direction ?? 'DESC',
  type: 'date',
});

/** Accepts notifications and shows them. */
export class NotificationService {
  constructor(private readonly parts: NotificationServiceParts) {}

  /** In the order of the ids; null for what is not there or may not be seen. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(NotificationRecord | null)[]> {
    const found = new Map((await this.parts.store.findMany(ids)).map((row) => [row.id, row]));
    return ids.map((id) => {
      const notification = found.get(id);
      return notification && maySee(viewer, notification) ? notification : null;
    });
  }

  async list(viewer: Viewer, args: ListArguments): Promise<Connection<NotificationRecord>> {
    const order = orderOf(args.orderBy);
    const query = this.queryOf(viewer, args);
    const cursor = args.after == null ? null : decodeCursor(args.after, order);
    const rows = await this.parts.store.page(query, cursor, order, pageSize(args) + 1);
    return toConnection(rows, args, order, () => this.parts.store.count(query));
  }

  /** The same list for each of these users, in one statement; counting them is one, too. */
  async listsOf(
    viewer: Viewer,
    userIds: readonly string[],
    args: ListArguments,
  ): Promise<Connection<NotificationRecord>[]> {
    const order = orderOf(args.orderBy);
    const query = this.queryOf(viewer, args);
    const cursor = args.after == null ? null : decodeCursor(args.after, order);
    const rows = await this.parts.store.pagesOf(userIds, query, cursor, order, pageSize(args) + 1);
    const byUser = new Map<string, NotificationRecord[]>(userIds.map((id) => [id, []]));
    for (const row of rows) byUser.get(row.userId)?.push(row);
    let counts: Promise<Map<string, number>> | undefined;
    const count = async (id: string) => (await (counts ??= this.parts.store.countsOf(userIds, query))).get(id) ?? 0;
    return userIds.map((id) => toConnection(byUser.get(id) ?? [], args, order, () => count(id)));
  }

  /** Of notifications that the viewer has been shown. */
  async deliveriesOf(notificationIds: readonly string[]): Promise<DeliveryRecord[][]> {
    const found = await this.parts.store.deliveriesOf(notificationIds, MAX_DELIVERIES);
    return notificationIds.map((id) => found.get(id) ?? []);
  }

  /** Accepted means stored; workers are told afterwards, and find it by themselves should that fail. */
  async send({ viewer, requestId }: Caller, input: SendNotificationInput) {
    const shape = sendShape.safeParse(input);
    if (!shape.success) return invalidInput(invalidFields(shape.error));
    const { channel } = shape.data;
    const providers = await this.parts.providers.of(channel);
    const { adapters, recipients, store } = this.parts;
    const message = await this.parts.messages.for(viewer)(shape.data);
    if ('problems' in message) return invalidInput(message.problems);
    const prepared = prepareNotification(
      { viewer, requestId, providers, adapters, now: new Date() },
      shape.data,
      message,
    );
    if ('problems' in prepared) return invalidInput(prepared.problems);
    const { notification } = prepared;
    if (providers.length === 0) return channelUnavailable(channel);
    const disabled = (await recipients.disabled(channel, [notification.recipient])).get(notification.recipient);
    if (disabled !== undefined) return recipientDisabled(notification.recipient, disabled);
    const [verdict] = await this.parts.preferences.judge([toJudged(notification, shape.data)]);
    if (!verdict?.isWanted) return notificationUnwanted(verdict?.reason ?? '');
    const wanted = {
      ...notification,
      holdUntil: verdict.holdUntil,
      isTracked: notification.isTracked && verdict.allowTracking,
    };
    const mayWait = wanted.scheduledAt === null && wanted.attachments === null;
    const outcome =
      verdict.digestMinutes !== null && mayWait
        ? await this.parts.digests.collect(wanted, newId(), verdict.digestMinutes)
        : (await store.create([wanted]))[0];
    if (!outcome) throw new Error('Nothing was stored.');
    if (outcome.created) await this.tellWorkers(outcome.notification);
    return { __typename: 'SendNotificationSuccess' as const, ...outcome };
  }

  private async tellWorkers({ channel, status, availableAt }: NotificationRecord): Promise<void> {
    this.parts.published();
    if (status === 'SCHEDULED') await this.parts.hints.later(channel, availableAt.getTime() - Date.now());
    else await this.parts.hints.due(channel);
  }

  private queryOf(viewer: Viewer, args: ListArguments): NotificationQuery {
    return { filter: args.filter ?? {}, visibleTo: visibleUser(viewer) };
  }
}
