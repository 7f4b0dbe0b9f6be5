import type { Caller, Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import { parseInput } from '@flowmesh/platform/validation';
import { isRefusal, type Acceptance } from './acceptance.ts';
import { dailyLimitReached } from './daily-limit.ts';
import { maySee, visibleUser } from './notification-access.ts';
import { sendShape, type SendNotificationInput } from './notification-input.ts';
import {
  NOTIFICATIONS,
  NOTIFICATIONS_OF_USER,
  type NotificationListArguments,
  type NotificationQuery,
} from './notification-query.ts';
import type { DeliveryRecord, NotificationRecord } from './notification-record.ts';
import type { NotificationStore } from './notification-store.ts';

const MAX_DELIVERIES = 100;

export interface NotificationServiceParts {
  readonly store: NotificationStore;
  readonly acceptance: Acceptance;
}

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

  list(viewer: Viewer, args: NotificationListArguments): Promise<Connection<NotificationRecord>> {
    return NOTIFICATIONS.page(args, queryOf(viewer, args), this.parts.store.list);
  }

  listsOf(
    viewer: Viewer,
    userIds: readonly string[],
    args: NotificationListArguments,
  ): Promise<Connection<NotificationRecord>[]> {
    return NOTIFICATIONS_OF_USER.pagesOf(userIds, args, queryOf(viewer, args), this.parts.store.list);
  }

  /** Of notifications that the viewer has been shown. */
  async deliveriesOf(notificationIds: readonly string[]): Promise<DeliveryRecord[][]> {
    const found = await this.parts.store.deliveriesOf(notificationIds, MAX_DELIVERIES);
    return notificationIds.map((id) => found.get(id) ?? []);
  }

  /** Accepted means stored. */
  async accept(caller: Caller, input: SendNotificationInput) {
    const parsed = parseInput(sendShape, input);
    if (!parsed.ok) return parsed.error;
    const accept = await this.parts.acceptance.acceptorFor(caller, parsed.data.channel);
    const [outcome] = await accept([parsed.data]);
    if (!outcome) throw new Error('Nothing was decided.');
    if (isRefusal(outcome) && outcome.__typename === 'DailyLimitReached') throw dailyLimitReached(outcome);
    return isRefusal(outcome) ? outcome : { __typename: 'SendNotificationSuccess' as const, ...outcome };
  }
}

const queryOf = (viewer: Viewer, { filter }: NotificationListArguments): NotificationQuery => ({
  filter: filter ?? {},
  visibleTo: visibleUser(viewer),
});
