import { hasScope, signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import { forbidden } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import type { QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import { emailAddress, invalidInput, notFound, type InvalidField } from '@flowmesh/platform/validation';
import type { NotificationStore } from '../notifications/notification-store.ts';
import type { SendingRights } from '../notifications/sending-rights.ts';
import type { PreferenceService } from '../preferences/preference-service.ts';
import { canonicalTimeZone, NO_TIME_ZONE } from '../preferences/time-zone.ts';
import type { DeliveryReportService, ReportKind } from './delivery-report-service.ts';
import type { ReportSubscription, ReportSubscriptionStore } from './report-subscription-store.ts';
import { reportText } from './report-text.ts';

const EVERY_MS = 60_000;
const MAX_PER_ROUND = 500;
const CATEGORY = 'delivery-report';

export interface SubscribeInput {
  readonly kind: ReportKind;
  readonly recipient?: string | null;
  readonly timeZone?: string;
  readonly everybody?: boolean;
}

interface SubscriptionParts {
  readonly store: ReportSubscriptionStore;
  readonly reports: DeliveryReportService;
  readonly notifications: NotificationStore;
  readonly preferences: PreferenceService;
  readonly rights: SendingRights;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

/** Sends reports to those who want them, each period once. */
export class ReportSubscriptionService {
  constructor(private readonly parts: SubscriptionParts) {}

  own(viewer: Viewer): Promise<ReportSubscription[]> {
    return this.parts.store.ofUser(signedIn(viewer).userId);
  }

  /** To an e-mail address, to the viewer's inbox without one. */
  async subscribe(
    { viewer, requestId }: Caller,
    { kind, recipient, timeZone = 'UTC', everybody = false }: SubscribeInput,
  ) {
    const { userId } = signedIn(viewer);
    if (everybody && !hasScope(viewer, 'notification:read-any')) {
      throw forbidden('Reports of everybody need the permission notification:read-any.');
    }
    const address = recipient == null ? userId : emailAddress(recipient);
    const problems: InvalidField[] = [];
    if (address === null) problems.push({ path: 'recipient', message: 'must be one e-mail address' });
    const zone = canonicalTimeZone(timeZone);
    if (zone === null) problems.push({ path: 'timeZone', message: NO_TIME_ZONE });
    if (recipient != null) {
      const grant = this.parts.rights.of(viewer, requestId);
      const wish = { channel: 'EMAIL' as const, userId, recipient, htmlContent: null, metadata: {} };
      problems.push(...(await grant(wish)).problems);
    }
    if (address === null || zone === null || problems.length > 0) return invalidInput(problems);
    const channel = recipient == null ? ('IN_APP' as const) : ('EMAIL' as const);
    const wanted = { id: newId(), userId, kind, channel, recipient: address, timeZone: zone, everybody };
    const subscription = await this.parts.store.subscribe(wanted);
    return { __typename: 'SubscribeToDeliveryReportSuccess' as const, subscription };
  }

  async unsubscribe(viewer: Viewer, id: string) {
    const gone = await this.parts.store.unsubscribe(signedIn(viewer).userId, id);
    if (!gone) return notFound('You have no such subscription.');
    return { __typename: 'UnsubscribeFromDeliveryReportSuccess' as const, subscriptionId: id };
  }

  /** Everything that is due; how many. */
  async sendDue(): Promise<number> {
    let sent = 0;
    while (sent < MAX_PER_ROUND && (await this.parts.store.sendDue((tx, due) => this.send(tx, due)))) sent += 1;
    if (sent > 0) this.parts.published();
    return sent;
  }

  private async send(tx: Parameters<NotificationStore['createWithin']>[0], due: ReportSubscription): Promise<void> {
    const { userId, channel, recipient, timeZone, nextPeriod, kind } = due;
    const about = { userId, channel, recipient, category: CATEGORY, priority: 'LOW' as const };
    const [verdict] = await this.parts.preferences.judge([{ ...about, at: null }]);
    if (!verdict?.isWanted) return;
    const report = await this.parts.reports.of(due.everybody ? null : userId, kind, nextPeriod, timeZone);
    const notification = {
      ...about,
      ...reportText(report),
      id: newId(),
      senderId: userId,
      templateId: null,
      templateVersion: null,
      htmlContent: null,
      attachments: null,
      metadata: {},
      scheduledAt: null,
      timeZone,
      expiresAt: null,
      holdUntil: verdict.holdUntil,
      isTracked: false,
      isConfidential: false,
      sealedContent: null,
      idempotencyKey: `${CATEGORY}:${due.id}:${nextPeriod}`,
      requestDigest: null,
      bulkId: null,
      replayOfId: null,
      requestId: null,
    };
    await this.parts.notifications.createWithin(tx, [notification]);
  }
}

/** Sends reports when they are due; workers find what was stored by themselves. */
export const startReports = (service: ReportSubscriptionService, queues: QueueSystem): QueueWorker =>
  queues.repeat('notification-reports', EVERY_MS, async () => void (await service.sendDue()));
