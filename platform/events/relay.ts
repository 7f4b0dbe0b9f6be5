import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import { warnSeldom, type Logger } from '../logging/index.ts';
import { relayMetrics } from './event-metrics.ts';
import { pruneOutbox } from './prune-outbox.ts';
import { adoptRestoredOutbox, relayOnce, type RelayRound } from './relay-round.ts';
import type { EventBus } from './types.ts';
import { growing, Waking } from './waking.ts';

export interface RelayOptions {
  readonly domain: string;
  /** The domain's database; one connection is held while a batch is handed over. */
  readonly pool: Pool;
  readonly bus: EventBus;
  readonly logger: Logger;
  readonly metrics?: Registry | undefined;
  /** Polling interval, in case a poke was lost. */
  readonly pollMs?: number | undefined;
  /** Events are kept this long after they happened (and for ever while they are not handed over). */
  readonly retentionDays?: number | undefined;
}

export interface Relay {
  /** Checks for events at once; call it after each commit that appended events. Frequent calls are cheap. */
  poke(): void;
  /** Ends after the round that is running. */
  stop(): Promise<void>;
}

const PRUNE_EVERY_MS = 60_000;

/**
 * Publishes the domain's events to the bus, in log order. Any number of processes may run a relay: a database lock allows one
 * round at a time, so each event is published once. It is only published again if a process dies before recording it, and
 * the bus then drops the duplicate.
 */
export function startRelay(options: RelayOptions): Relay {
  const { domain, pool, bus, logger, pollMs = 500, retentionDays = 30 } = options;
  const metrics = relayMetrics(options.metrics, domain);
  const warnOfFailure = warnSeldom(logger, 'events could not be handed over');
  const waking = new Waking();
  let stopping = false;
  let adopted = false;
  let prunedAt = -Infinity;
  let pruning: Promise<void> | undefined;
  const stopped = new AbortController();

  async function round(): Promise<RelayRound> {
    if (!adopted) {
      if (await adoptRestoredOutbox(pool))
        logger.warn({ domain }, 'outbox comes from a restored backup; numbered anew');
      adopted = true;
    }
    const result = await relayOnce(pool, domain, bus);
    metrics.observe(result);
    if (!pruning && performance.now() - prunedAt > PRUNE_EVERY_MS)
      pruning = prune().finally(() => (pruning = undefined));
    return result;
  }

  /** Beside the rounds: there may be much to remove, and nobody is to wait for it. */
  async function prune(): Promise<void> {
    prunedAt = performance.now();
    try {
      const removed = await pruneOutbox(pool, { retentionDays, signal: stopped.signal });
      if (removed > 0) logger.info({ domain, removed }, 'old events removed');
    } catch (error) {
      if (!stopping) logger.warn({ err: error, domain }, 'old events could not be removed');
    }
  }

  async function run(): Promise<void> {
    let waits = 0;
    let failures = 0;
    while (!stopping) {
      waking.clear();
      let wait = pollMs;
      try {
        const { outcome } = await round();
        failures = 0;
        // Another process is at it, or an older transaction is still open: what was poked for is not handed over yet.
        const unfinished = outcome === 'busy' || outcome === 'held';
        waits = unfinished ? waits + 1 : 0;
        if (unfinished) wait = growing(waits - 1, 2, 50);
        if (outcome === 'more') wait = 0;
      } catch (error) {
        wait = growing(failures++, 100, 5_000);
        metrics.failed();
        if (!stopping) warnOfFailure({ err: error, domain, retryInMs: wait });
        waking.clear();
        // Pokes do not shorten this backoff, because each would only retry what has just failed.
        await stopSignal.wait(wait);
        continue;
      }
      if (wait > 0) await waking.wait(wait);
    }
  }

  const stopSignal = new Waking();
  const running = run();
  return {
    poke: () => waking.wake(),
    async stop() {
      stopping = true;
      stopped.abort();
      stopSignal.wake();
      waking.wake();
      await Promise.all([running, pruning]);
      metrics.remove();
    },
  };
}
