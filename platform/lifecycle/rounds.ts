import { setTimeout as delay } from 'node:timers/promises';
import { warnSeldom, type Logger } from '../logging/index.ts';

export interface RoundsOptions {
  /** For the log. */
  readonly name: string;
  /** Does a bounded part of the pending work; true when there may be more. */
  readonly round: () => Promise<boolean>;
  /** Polling interval, in case a poke was lost. */
  readonly pollMs: number;
  readonly logger: Logger;
}

export interface Rounds {
  /** Looks at once. Costs nothing when called often. */
  poke(): void;
  /** Ends after the round that is running. */
  stop(): Promise<void>;
}

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 30_000;

/**
 * Processes pending work from a table in rounds: at once when poked, otherwise every `pollMs`. A failed round is logged
 * and retried later; pokes do not shorten that backoff.
 */
export function startRounds({ name, round, pollMs, logger }: RoundsOptions): Rounds {
  const stopping = new AbortController();
  const warnOfFailure = warnSeldom(logger, 'a round failed');
  let poked = new AbortController();
  let failures = 0;

  const pause = (ms: number, signals: readonly AbortSignal[]) =>
    delay(ms, undefined, { signal: AbortSignal.any([...signals, stopping.signal]) }).catch(() => undefined);

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      // What is poked for from here on may be missed by this round.
      poked = new AbortController();
      try {
        const more = await round();
        failures = 0;
        if (!more) await pause(pollMs, [poked.signal]);
      } catch (error) {
        const retryInMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures++, 10));
        if (!stopping.signal.aborted) warnOfFailure({ err: error, rounds: name, retryInMs });
        await pause(retryInMs, []);
      }
    }
  }

  const running = run();
  return {
    poke: () => poked.abort(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
