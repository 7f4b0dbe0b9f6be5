import { Batcher } from '@flowmesh/platform/batching';
import { newId } from '@flowmesh/platform/ids';
import { withLogContext, type Logger } from '@flowmesh/platform/logging';
import type { QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import { CHANNELS, type Channel } from '../../adapters/channel-adapter.ts';
import type { NotificationRecord } from '../notifications/notification-record.ts';
import type { AbortReason, AttemptOutcome } from './attempt-outcome.ts';
import type { Claim } from './claim-store.ts';
import { runAttempt, type AttemptParts } from './delivery-attempt.ts';
import { DELIVERY_QUEUE, type DeliveryHints, type DeliveryJob } from './delivery-queue.ts';
import { Lane } from './lane.ts';
import type { ProviderPlan } from './providers.ts';
import type { RecoveryStore } from './recovery-store.ts';
import type { RetrySchedule } from './retry-schedule.ts';
import type { Settlement, SettlementStore } from './settlement-store.ts';

const HEARTBEAT_MS = 3_000;
/** Grace period for messages being sent in a shutdown; after it they are handed over to another process. */
const STOP_GRACE_MS = 5_000;
const MAX_SETTLED_AT_ONCE = 100;
/** Hints only start what is not running yet. */
const HINTS_AT_ONCE = 4;

interface Running {
  readonly token: string;
  readonly abort: AbortController;
}

export interface DeliveryWorkerParts extends AttemptParts {
  readonly settlements: SettlementStore;
  readonly recovery: RecoveryStore;
  readonly hints: DeliveryHints;
  readonly schedule: RetrySchedule;
  readonly queues: QueueSystem;
  readonly logger: Logger;
  /** Messages of one channel under way at the same time in this process. Most of them wait for an answer. */
  readonly concurrency: number;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

/** Sends notifications in this process. Any number of processes may; the database says who has which. */
export class DeliveryWorker {
  private readonly running = new Map<string, Running>();
  private readonly lanes = new Map<Channel, Lane>();
  private readonly settling: Batcher<Settlement, NotificationRecord | null>;
  private jobs: QueueWorker | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private beating = false;

  constructor(private readonly parts: DeliveryWorkerParts) {
    this.settling = new Batcher({
      process: (settlements) => parts.settlements.settle(settlements),
      maxItems: MAX_SETTLED_AT_ONCE,
      concurrency: 2,
    });
  }

  start(): void {
    this.heartbeat = setInterval(() => void this.beat(), HEARTBEAT_MS);
    this.jobs = this.parts.queues.worker<DeliveryJob>(
      DELIVERY_QUEUE,
      { concurrency: HINTS_AT_ONCE },
      async ({ channel }) => {
        // A hint may have been left for when something scheduled comes due.
        if ((await this.parts.recovery.queueDue(1_000)) > 0) this.parts.published();
        await this.lane(channel).wake();
      },
    );
    // What waits already needs no hint.
    for (const channel of CHANNELS) void this.lane(channel).wake();
  }

  async stop(): Promise<void> {
    await this.jobs?.stop();
    for (const lane of this.lanes.values()) lane.stop();
    const grace = setTimeout(() => {
      for (const { abort } of this.running.values()) abort.abort('process ends' satisfies AbortReason);
    }, STOP_GRACE_MS);
    await Promise.all([...this.lanes.values()].map((lane) => lane.idle()));
    clearTimeout(grace);
    clearInterval(this.heartbeat);
  }

  private lane(channel: Channel): Lane {
    const known = this.lanes.get(channel);
    if (known) return known;
    const { providers, claims, concurrency, logger } = this.parts;
    const lane = new Lane({
      plan: () => providers.plan(channel),
      claim: async (provider, max) => {
        const claimed = await claims.claim(provider, newId(), max);
        if (claimed.claims.length > 0) this.parts.published();
        return claimed;
      },
      deliver: (claim, plan) => this.deliver(claim, plan),
      ended: (plan) => providers.ended(plan),
      onError: (error) => logger.warn({ err: error, channel }, 'notifications could not be claimed'),
      concurrency,
    });
    this.lanes.set(channel, lane);
    return lane;
  }

  private deliver(claim: Claim, plan: ProviderPlan): Promise<void> {
    const { notification, token } = claim;
    const { id } = notification;
    return withLogContext({ requestId: notification.requestId ?? id }, async () => {
      const abort = new AbortController();
      this.running.set(id, { token, abort });
      try {
        const outcome = await runAttempt(this.parts, claim, plan, abort);
        await this.settle(claim, outcome);
      } catch (error) {
        // The lease expires, and the sweeper makes it available to other processes.
        this.parts.logger.error({ err: error, notificationId: id }, 'the result of an attempt could not be stored');
      } finally {
        if (this.running.get(id)?.token === token) this.running.delete(id);
      }
    });
  }

  /** Stores the result. A lost lease is not an error: the process that has the lease now stores it. */
  private async settle(claim: Claim, outcome: AttemptOutcome): Promise<void> {
    const { hints, published, logger } = this.parts;
    if (outcome.kind === 'aborted' && outcome.reason === 'lease lost') return;
    const settlement = settlementOf(claim, outcome, this.parts.schedule);
    const settled = await this.settling.add(settlement);
    if (!settled) return;
    published();
    if (settled.status === 'QUEUED') await hints.later(settled.channel, settlement.delayMs);
    const { id: notificationId, channel, status, attempts: attempt } = settled;
    logger.debug({ notificationId, channel, status, attempt, error: settled.error?.code }, 'attempt ended');
  }

  private async beat(): Promise<void> {
    if (this.beating || this.running.size === 0) return;
    this.beating = true;
    const leases = [...this.running].map(([id, { token }]) => ({ id, token }));
    try {
      const held = await this.parts.settlements.renew(leases);
      for (const { id, token } of leases) {
        const running = this.running.get(id);
        if (!held.has(id) && running?.token === token) running.abort.abort('lease lost' satisfies AbortReason);
      }
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'leases could not be renewed');
    } finally {
      this.beating = false;
    }
  }
}

function settlementOf({ notification, token }: Claim, outcome: AttemptOutcome, schedule: RetrySchedule): Settlement {
  const { id, retryCount } = notification;
  const nothing = { id, token, delayMs: 0, untried: false, by: null, disablesRecipient: false };
  if (outcome.kind === 'aborted') {
    return { ...nothing, status: 'QUEUED', untried: true, error: notification.error, tries: [] };
  }
  if (outcome.kind === 'waits') {
    const { error, delayMs } = outcome;
    return { ...nothing, status: 'QUEUED', untried: true, error, tries: [], delayMs };
  }
  const { tries } = outcome;
  if (outcome.kind === 'taken') {
    const status = outcome.by.status === 'DELIVERED' ? 'DELIVERED' : 'SENT';
    return { ...nothing, status, error: null, tries, by: outcome.by };
  }
  const { error, retryAfterMs, disablesRecipient } = outcome;
  const delayMs = error.retryable ? schedule.waitMs(retryCount + 1, retryAfterMs) : null;
  if (delayMs === null) return { ...nothing, status: 'FAILED', error, tries, disablesRecipient };
  return { ...nothing, status: 'QUEUED', error, tries, delayMs, disablesRecipient };
}
