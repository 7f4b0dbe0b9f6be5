import type { Viewer } from '@flowmesh/platform/access';
import { decodeCursor, pageSize, toConnection } from '@flowmesh/platform/connections';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import { invalidFields, invalidInput } from '@flowmesh/platform/validation';
import { isRefusal, type Acceptance } from './acceptance.ts';
import { dailyLimitReached } from './daily-limit.ts';
import { maySee, visibleUser } from './notification-access.ts';
import { sendShape, type SendNotificationInput } from './notification-input.ts';
import type { NotificationFilter, NotificationOrder, NotificationQuery } from './notification-query.ts';
import type { DeliveryRecord, NotificationRecord } from './notification-record.ts';
import type { NotificationStore } from './notification-store.ts';

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
  readonly acceptance: Acceptance;
}

const orderOf = (list: string, orderBy: ListArguments['orderBy']): NotificationOrder => ({
  list,
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
    const order = orderOf('notifications', args.orderBy);
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
    const order = orderOf('User.notifications', args.orderBy);
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

  /** Accepted means stored. */
  async send(caller: Caller, input: SendNotificationInput) {
    const shape = sendShape.safeParse(input);
    if (!shape.success) return invalidInput(invalidFields(shape.error));
    const accept = await this.parts.acceptance.of(caller, shape.data.channel);
    const [outcome] = await accept([shape.data]);
    if (!outcome) throw new Error('Nothing was decided.');
    if (isRefusal(outcome) && outcome.__typename === 'DailyLimitReached') throw dailyLimitReached(outcome);
    return isRefusal(outcome) ? outcome : { __typename: 'SendNotificationSuccess' as const, ...outcome };
  }

  private queryOf(viewer: Viewer, args: ListArguments): NotificationQuery {
    return { filter: args.filter ?? {}, visibleTo: visibleUser(viewer) };
  }
}
