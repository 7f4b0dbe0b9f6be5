import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ErrorCode, PublicError } from '@flowmesh/platform/errors';
import { Piscina } from 'piscina';

export interface StrengthEstimate {
  /** 0 (guessed at once) to 4 (very hard to guess). */
  readonly score: number;
  /** Guesses needed, as a power of ten. */
  readonly guessesLog10: number;
  /** The time that an attacker with the stolen hash needs, in words. */
  readonly crackTime: string;
  readonly warning: string | null;
  readonly suggestions: string[];
}

/** The time grows at least with the square of the length: 1,024 characters take 13 seconds, 64 less than one. */
const MAX_CHARACTERS = 64;
const TIMEOUT_MS = 5_000;
const MAX_WAITING = 16;

/** In the bundle the worker is in dist/workers, in the source tree beside this file. */
function workerFile(): string {
  const places = ['../workers/strength-worker.mjs', './strength-worker.mjs'];
  const found = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(fileURLToPath(url)));
  if (!found) throw new Error('strength-worker.mjs is missing');
  return found.href;
}

/** Estimates how hard passwords are to guess (zxcvbn), in one worker thread that starts when it is needed. */
export class StrengthEstimator {
  private readonly pool = new Piscina<unknown, StrengthEstimate>({
    filename: workerFile(),
    minThreads: 0,
    maxThreads: 1,
    concurrentTasksPerWorker: 1,
    idleTimeout: 60_000,
    maxQueue: MAX_WAITING,
    recordTiming: false,
    env: {},
  });

  /**
   * Considers the first 64 characters, because further ones only make a password stronger. `known`: words that an
   * attacker tries first. Rejects with RATE_LIMITED if too many wait.
   */
  async estimate(password: string, known: readonly string[]): Promise<StrengthEstimate> {
    if (this.pool.queueSize >= MAX_WAITING) throw tooMany();
    const start = [...password].slice(0, MAX_CHARACTERS).join('');
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return await this.pool.run({ password: start, known }, { signal });
    } catch (error) {
      throw signal.aborted ? tooMany() : error;
    }
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}

const tooMany = () =>
  new PublicError('Too many passwords are being looked at. Try again in a few seconds.', ErrorCode.rateLimited);
