import { hasScope, signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import { requestDigest } from '@flowmesh/platform/idempotency';
import { newId } from '@flowmesh/platform/ids';
import { invalidInput, notFound, parseInput } from '@flowmesh/platform/validation';
import type { Channel, ChannelAdapter } from '../../adapters/channel-adapter.ts';
import type { DeliveryHints } from '../delivery/delivery-queue.ts';
import type { Providers } from '../delivery/providers.ts';
import { accepted, isRefusal } from './acceptance.ts';
import { dailyLimitReached, type DailyLimit } from './daily-limit.ts';
import { mayChange } from './notification-access.ts';
import {
  channelUnavailable,
  notCancellable,
  notReplayable,
  notRetryable,
  recipientDisabled,
} from './notification-failures.ts';
import { replayShape, retryFailedShape } from './notification-input.ts';
import type { ReplayNotificationInput, RetryFailedNotificationsInput } from './notification-input.ts';
import { hasEnded, type NotificationRecord } from './notification-record.ts';
import { checkRecipient } from './notification-preparation.ts';
import type { NotificationStore } from './notification-store.ts';
import type { RecipientStore } from './recipient-store.ts';
import type { SendingRights } from './sending-rights.ts';

const NO_NOTIFICATION = 'There is no such notification, or you may not change it.';
const NO_RECIPIENT = 'The recipient is not disabled, or it is not yours to enable.';
const MAX_RETRIED = 10_000;

export interface ChangeServiceParts {
  readonly store: NotificationStore;
  readonly recipients: RecipientStore;
  readonly providers: Providers;
  readonly adapters: ReadonlyMap<string, ChannelAdapter>;
  readonly rights: SendingRights;
  readonly dailyLimit: DailyLimit;
  readonly hints: DeliveryHints;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

/** Takes notifications back and sends them again. */
export class ChangeService {
  constructor(private readonly parts: ChangeServiceParts) {}

  async cancel(viewer: Viewer, { id }: { readonly id: string }) {
    if (!(await this.changeable(viewer, id))) return notFound(NO_NOTIFICATION);
    const outcome = await this.parts.store.cancel(id);
    if (!outcome) return notFound(NO_NOTIFICATION);
    if (!outcome.changed) return notCancellable(outcome.notification);
    this.parts.published();
    return { __typename: 'CancelNotificationSuccess' as const, notification: outcome.notification };
  }

  async retry(viewer: Viewer, { id }: { readonly id: string }) {
    const found = await this.changeable(viewer, id);
    if (!found) return notFound(NO_NOTIFICATION);
    const disabled = await this.whyDisabled(found);
    if (disabled !== undefined) return recipientDisabled(found.recipient, disabled);
    const outcome = await this.parts.store.retry(id);
    if (!outcome) return notFound(NO_NOTIFICATION);
    if (!outcome.changed) return notRetryable(outcome.notification);
    await this.queued(outcome.notification.channel);
    return { __typename: 'RetryNotificationSuccess' as const, notification: outcome.notification };
  }

  async retryFailed(viewer: Viewer, input: RetryFailedNotificationsInput) {
    const parsed = parseInput(retryFailedShape, input);
    if (!parsed.ok) return parsed.error;
    const { channel, ...filter } = parsed.data;
    const senderId = signedIn(viewer).userId;
    const query = { filter: { ...filter, channel: channel ? [channel] : null, senderId }, visibleTo: null };
    const counts = await this.parts.store.retryMany(query, MAX_RETRIED);
    for (const retried of counts.keys()) await this.queued(retried);
    const retried = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return { __typename: 'RetryFailedNotificationsSuccess' as const, retried };
  }

  async replay({ viewer, requestId }: Caller, input: ReplayNotificationInput) {
    const parsed = parseInput(replayShape, input);
    if (!parsed.ok) return parsed.error;
    const found = await this.changeable(viewer, input.id);
    if (!found) return notFound(NO_NOTIFICATION);
    if (found.isConfidential || (!hasEnded(found.status) && found.status !== 'SENT')) return notReplayable(found);
    if ((await this.parts.providers.of(found.channel)).length === 0) return channelUnavailable(found.channel);
    const disabled = await this.whyDisabled(found);
    if (disabled !== undefined) return recipientDisabled(found.recipient, disabled);
    // As if it were sent now: rights may have gone since.
    const grant = this.parts.rights.of(viewer, requestId);
    const whom = await grant({ ...found, htmlContent: found.templateId === null ? found.htmlContent : null });
    if (whom.problems.length > 0) return invalidInput(whom.problems.map((problem) => ({ ...problem, path: 'id' })));
    if ((await this.parts.dailyLimit.take(viewer, found.channel, 1)) === 0) {
      throw dailyLimitReached(this.parts.dailyLimit.reached(viewer));
    }
    const copy = {
      ...found,
      id: newId(),
      senderId: signedIn(viewer).userId,
      attachments: await this.parts.store.attachmentsOf(found.id),
      scheduledAt: null,
      expiresAt: null,
      holdUntil: null,
      idempotencyKey: parsed.data.idempotencyKey ?? null,
      requestDigest: parsed.data.idempotencyKey == null ? null : requestDigest({ replayOf: found.id }),
      bulkId: null,
      replayOfId: found.id,
      sealedContent: null,
      requestId,
    };
    const [stored] = await this.parts.store.create([copy]);
    if (!stored) throw new Error('Nothing was stored.');
    const outcome = accepted(copy, stored);
    if (isRefusal(outcome)) return outcome;
    if (outcome.created) await this.queued(found.channel);
    return { __typename: 'ReplayNotificationSuccess' as const, ...outcome };
  }

  async enableRecipient(viewer: Viewer, input: { readonly channel: Channel; readonly recipient: string }) {
    const { channel } = input;
    const recipient = await this.asStored(input);
    const everybodys = hasScope(viewer, 'notification:send-any');
    // No NUL in PostgreSQL: then there is no such recipient.
    const known = !recipient.includes('\0');
    const enabled =
      known && (await this.parts.recipients.enable(channel, recipient, everybodys ? null : signedIn(viewer).userId));
    if (!enabled) return notFound(NO_RECIPIENT);
    return { __typename: 'EnableNotificationRecipientSuccess' as const, channel, recipient };
  }

  /** In the form that a notification to it has, e.g. with the slash that an address ends with; as it is when it has none. */
  private async asStored({ channel, recipient }: { readonly channel: Channel; readonly recipient: string }) {
    const { providers, adapters } = this.parts;
    const checked = checkRecipient({ providers: await providers.of(channel), adapters }, { channel, recipient }, '');
    return 'problem' in checked ? recipient : checked.recipient;
  }

  /** Null also when the viewer may see it but not change it: a mutation tells neither. */
  private async changeable(viewer: Viewer, id: string): Promise<NotificationRecord | null> {
    const [found] = await this.parts.store.findMany([id]);
    return found && mayChange(viewer, found) ? found : null;
  }

  private async whyDisabled({ channel, recipient }: NotificationRecord): Promise<string | undefined> {
    return (await this.parts.recipients.disabled(channel, [recipient])).get(recipient);
  }

  private async queued(channel: Channel): Promise<void> {
    this.parts.published();
    await this.parts.hints.due(channel);
  }
}
