import type { ConfidentialText } from './confidential-text.ts';
import type { Caller, Viewer } from '@flowmesh/platform/access';
import { isAnotherRequest } from '@flowmesh/platform/idempotency';
import { newId } from '@flowmesh/platform/ids';
import {
  idempotencyConflict,
  invalidInput,
  type IdempotencyConflictFailure,
  type InvalidField,
  type InvalidInputFailure,
} from '@flowmesh/platform/validation';
import type { Channel, ChannelAdapter } from '../../adapters/channel-adapter.ts';
import type { DeliveryHints } from '../delivery/delivery-queue.ts';
import type { Providers } from '../delivery/providers.ts';
import type { DigestStore } from '../digests/digest-store.ts';
import type { PreferenceService } from '../preferences/preference-service.ts';
import type { DailyLimit, DailyLimitReached } from './daily-limit.ts';
import type { MessageSource } from './message-source.ts';
import {
  channelUnavailable,
  notificationUnwanted,
  recipientDisabled,
  type ChannelUnavailable,
  type NotificationUnwanted,
  type RecipientDisabled,
} from './notification-failures.ts';
import type { SendValues } from './notification-input.ts';
import { prepareNotification } from './notification-preparation.ts';
import type { NotificationRecord } from './notification-record.ts';
import type { Created, NewNotification, NotificationStore } from './notification-store.ts';
import type { RecipientStore } from './recipient-store.ts';
import type { SendingRights } from './sending-rights.ts';

export interface AcceptanceParts {
  readonly store: NotificationStore;
  readonly messages: MessageSource;
  readonly preferences: PreferenceService;
  readonly digests: DigestStore;
  readonly recipients: RecipientStore;
  readonly providers: Providers;
  readonly adapters: ReadonlyMap<string, ChannelAdapter>;
  readonly confidential: ConfidentialText;
  readonly rights: SendingRights;
  readonly dailyLimit: DailyLimit;
  readonly hints: DeliveryHints;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

export type Refusal =
  | InvalidInputFailure
  | ChannelUnavailable
  | RecipientDisabled
  | NotificationUnwanted
  | DailyLimitReached
  | IdempotencyConflictFailure;
export type Acceptation = Created | Refusal;

/** Few enough that another call of the same sender finds a place in the sandbox too. */
const RENDERED_AT_ONCE = 25;

/** Those of one call; each template and each user's language is read once for all of them. */
export type Acceptor = (values: readonly SendValues[], bulkId?: string | null) => Promise<Acceptation[]>;

/** What is stored, and for how long it is collected with others; null for not at all. */
interface Wanted {
  readonly notification: NewNotification;
  readonly digestMinutes: number | null;
}

/** What may be sent, and whose wishes it goes by. */
interface Prepared {
  readonly notification: NewNotification;
  readonly wishesOf: string | null;
}

/** Decides what is sent. Accepted means stored; workers are told afterwards, and find it by themselves should that fail. */
export class Acceptance {
  constructor(private readonly parts: AcceptanceParts) {}

  async acceptorFor({ viewer, requestId }: Caller, channel: Channel): Promise<Acceptor> {
    const providers = await this.parts.providers.of(channel);
    const write = this.parts.messages.for(viewer);
    const grant = this.parts.rights.of(viewer, requestId);
    const context = { viewer, requestId, providers, adapters: this.parts.adapters };
    return async (all, bulkId = null) => {
      const prepare = async (values: SendValues) => {
        const message = await write(values);
        if ('problems' in message) return invalidInput(message.problems);
        const whom = await grant({
          channel,
          userId: values.userId ?? null,
          recipient: values.recipient ?? null,
          htmlContent: values.htmlContent ?? null,
          metadata: values.metadata ?? {},
        });
        // Of nobody there is no address to be checked.
        if (whom.problems.some(({ path }) => path === 'userId')) return invalidInput(whom.problems);
        const addressed = { ...values, recipient: whom.recipient ?? values.recipient };
        const outcome = prepareNotification({ ...context, now: new Date() }, addressed, message);
        if (whom.problems.length > 0 || 'problems' in outcome) {
          return invalidInput(firstOfEach([...whom.problems, ...('problems' in outcome ? outcome.problems : [])]));
        }
        if (providers.length === 0) return channelUnavailable(channel);
        const notification = this.parts.confidential.seal({ ...outcome.notification, bulkId });
        return { notification, wishesOf: whom.wishesOf };
      };
      await grant.preload(all.flatMap(({ userId }) => userId ?? []));
      const prepared: (Prepared | Refusal)[] = [];
      for (let start = 0; start < all.length; start += RENDERED_AT_ONCE) {
        prepared.push(...(await Promise.all(all.slice(start, start + RENDERED_AT_ONCE).map(prepare))));
      }
      const decided = await this.refuse(channel, prepared);
      return this.store(channel, await this.limited(viewer, channel, decided));
    };
  }

  /** Those within what the sender may send a day, in their order. */
  private async limited(
    viewer: Viewer,
    channel: Channel,
    decided: readonly (Wanted | Refusal)[],
  ): Promise<(Wanted | Refusal)[]> {
    let left = await this.parts.dailyLimit.take(viewer, channel, decided.filter((item) => !isRefusal(item)).length);
    return decided.map((item) => {
      if (isRefusal(item)) return item;
      left -= 1;
      return left < 0 ? this.parts.dailyLimit.reached(viewer) : item;
    });
  }

  /** Those whose recipient, or whose user, wants no such notification. */
  private async refuse(channel: Channel, prepared: readonly (Prepared | Refusal)[]): Promise<(Wanted | Refusal)[]> {
    const candidates = prepared.filter((item): item is Prepared => !isRefusal(item));
    const judged = candidates.map(({ notification, wishesOf }) => ({
      ...notification,
      userId: wishesOf,
      at: notification.holdUntil,
    }));
    const [disabled, verdicts] = await Promise.all([
      this.parts.recipients.disabled(channel, [...new Set(judged.map(({ recipient }) => recipient))]),
      judged.length > 0 ? this.parts.preferences.judge(judged) : [],
    ]);
    const verdictOf = new Map(candidates.map((candidate, place) => [candidate, verdicts[place]]));
    return prepared.map((one) => {
      if (isRefusal(one)) return one;
      const { notification: item } = one;
      const reason = disabled.get(item.recipient);
      if (reason !== undefined) return recipientDisabled(item.recipient, reason);
      const verdict = verdictOf.get(one);
      if (!verdict?.isWanted) return notificationUnwanted(verdict?.reason ?? '');
      const isTracked = item.isTracked && verdict.allowTracking;
      const mayWait = item.scheduledAt === null && item.attachments === null && !item.isConfidential;
      return {
        notification: { ...item, holdUntil: verdict.holdUntil, isTracked },
        digestMinutes: mayWait ? verdict.digestMinutes : null,
      };
    });
  }

  private async store(channel: Channel, decided: readonly (Wanted | Refusal)[]): Promise<Acceptation[]> {
    const wanted = decided.filter((item): item is Wanted => !isRefusal(item));
    const atOnce = wanted.filter(({ digestMinutes }) => digestMinutes === null);
    const created = atOnce.length > 0 ? await this.parts.store.create(atOnce.map((item) => item.notification)) : [];
    const stored = new Map(atOnce.map((item, place) => [item, created[place] as Created]));
    for (const item of wanted) {
      if (item.digestMinutes === null) continue;
      const collected = await this.parts.digests.collect(item.notification, newId(), item.digestMinutes);
      if (!collected) throw new Error('Nothing was stored.');
      stored.set(item, collected);
    }
    await this.tellWorkers(channel, [...stored.values()]);
    return decided.map((item) => (isRefusal(item) ? item : accepted(item.notification, stored.get(item) as Created)));
  }

  private async tellWorkers(channel: Channel, outcomes: readonly Created[]): Promise<void> {
    const fresh = outcomes.filter(({ created }) => created).map(({ notification }) => notification);
    if (fresh.length === 0) return;
    this.parts.published();
    const isLater = ({ status }: NotificationRecord) => status === 'SCHEDULED';
    const later = fresh.filter(isLater).map(({ availableAt }) => availableAt.getTime());
    if (later.length > 0) await this.parts.hints.later(channel, Math.min(...later) - Date.now());
    if (later.length < fresh.length) await this.parts.hints.due(channel);
  }
}

/** Refused when the key has begun something else. */
export const accepted = (
  { requestDigest }: Pick<NewNotification, 'requestDigest'>,
  outcome: Created,
): Created | IdempotencyConflictFailure =>
  !outcome.created && isAnotherRequest(outcome.notification.requestDigest, requestDigest)
    ? idempotencyConflict(outcome.notification.id)
    : outcome;

export const isRefusal = (item: object): item is Refusal => '__typename' in item;

/** What the sender has no right to comes first: what else is wrong with it is none of their business. */
const firstOfEach = (problems: readonly InvalidField[]): InvalidField[] =>
  problems.filter(({ path }, at) => problems.findIndex((other) => other.path === path) === at);
