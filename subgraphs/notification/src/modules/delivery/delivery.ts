import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { newId } from '@flowmesh/platform/ids';
import { warnSeldom } from '@flowmesh/platform/logging';
import { ClaimStore } from './claim-store.ts';
import type { AttemptParts } from './delivery-attempt.ts';
import { DELIVERY_QUEUE, DeliveryHints, type DeliveryJob } from './delivery-queue.ts';
import { startSweeper } from './delivery-sweeper.ts';
import { DeliveryWorker } from './delivery-worker.ts';
import { LANE_CONCURRENCY } from './provider-policy.ts';
import { RecoveryStore } from './recovery-store.ts';
import { RetrySchedule } from './retry-schedule.ts';
import { SettlementStore } from './settlement-store.ts';

export interface DeliveryParts extends Omit<AttemptParts, 'claims' | 'logger'> {
  readonly hints: DeliveryHints;
  /** Waits before the attempts that follow a failed one. */
  readonly retryScheduleMs: readonly number[];
  readonly retentionDays: number;
}

/** Tells workers, of all processes, what has been stored. */
export function createHints({ queues, logger }: OpenDomain): DeliveryHints {
  const warnOfLostHint = warnSeldom(logger, 'workers were not told; they find it by themselves');
  return new DeliveryHints(queues.queue<DeliveryJob>(DELIVERY_QUEUE), newId(), (error) =>
    warnOfLostHint({ err: error }),
  );
}

/** Sends what was accepted; in workers. */
export function createDelivery(domain: OpenDomain, { retryScheduleMs, retentionDays, hints, ...parts }: DeliveryParts) {
  const { pool, queues, logger, published } = domain;
  const recovery = new RecoveryStore(pool);
  domain.inWorkers('sweeper', () => startSweeper({ store: recovery, hints, queues, logger, published }));
  domain.retain('notifications', (limit) => recovery.removeOld(retentionDays, limit));
  domain.inWorkers(
    'worker',
    new DeliveryWorker({
      ...parts,
      claims: new ClaimStore(pool),
      settlements: new SettlementStore(pool),
      recovery,
      hints,
      schedule: new RetrySchedule(retryScheduleMs),
      queues,
      logger,
      concurrency: LANE_CONCURRENCY,
      published,
    }),
  );
}
