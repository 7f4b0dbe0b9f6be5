import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@flowmesh/platform/access';
import { ErrorCode, PublicError, rateLimited } from '@flowmesh/platform/errors';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { CounterOf } from './throttle-counters.ts';
import { accountKey, addressKey, MAILING, type AttemptKind, type Counter } from './throttle-rules.ts';

/** The source of an attempt. Each known part is counted. */
export interface Attempter {
  /**
   * The entered e-mail address or user name; the id of the user if the account exists, so that both names count
   * together.
   */
  readonly account?: string;
  /** The user of the account, if it exists; only for the record of a lock-out. */
  readonly userId?: string | undefined;
  readonly client?: Client;
  /** The known device of the user of this account. If present, only its own counter applies. */
  readonly knownDevice?: string | null;
}

export interface Attempt {
  /** The attempt succeeded: subtracts it from the counter of the address, and resets that of the account or device. */
  succeeded(): Promise<void>;
}

/** Called when an account, device or address reaches its limit. */
export type OnLockout = (kind: AttemptKind, counter: Counter, attempter: Attempter) => Promise<void>;

interface Counted {
  readonly counter: Counter;
  readonly limiter: RateLimiterAbstract;
  readonly key: string;
}

/**
 * Counts attempts per account and per address, before credentials are checked; concurrent attempts cannot exceed the
 * limit. A known device has its own counter, so others who guess at the account, or share the address, do not lock out
 * the owner (OWASP, device cookies).
 */
export class Throttle {
  constructor(
    private readonly counterOf: CounterOf,
    private readonly onLockout: OnLockout = async () => undefined,
  ) {}

  /**
   * As `begin`, around the work that finds out whether the attempt is good. If that ends without an answer, because the
   * database is away or too slow, nothing was guessed: the attempt is taken back, so that an outage locks nobody out.
   */
  async during<T>(kind: AttemptKind, attempter: Attempter, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const counted = this.countersOf(kind, attempter);
    const attempt = await this.begin(kind, attempter);
    try {
      return await work(attempt);
    } catch (error) {
      if (isUnanswered(error)) void takeBack(counted);
      throw error;
    }
  }

  /** Counts one attempt. Throws RATE_LIMITED, with `retryAfter` in seconds, if the limit is reached. */
  async begin(kind: AttemptKind, attempter: Attempter): Promise<Attempt> {
    const counted = this.countersOf(kind, attempter);
    for (const each of counted) await this.take(kind, each, attempter);
    return {
      succeeded: async () => {
        await Promise.all(
          counted.map(({ counter, limiter, key }) =>
            // Many users may share an address: a success subtracts only itself, not attempts of others.
            counter === 'address' ? limiter.reward(key, 1) : limiter.delete(key),
          ),
        );
      },
    };
  }

  private countersOf(kind: AttemptKind, { account, client, knownDevice }: Attempter): readonly Counted[] {
    const entry = (counter: Counter, key: string, of = kind): Counted => ({
      counter,
      limiter: this.counterOf(of, counter),
      key,
    });
    if (knownDevice) return [entry('device', knownDevice)];
    const address = client?.address ? addressKey(client.address) : null;
    return [
      ...(address === null ? [] : [entry('address', address)]),
      ...(account === undefined ? [] : [entry('account', accountKey(account))]),
      ...(account === undefined || !MAILING.has(kind) ? [] : [entry('account', accountKey(account), 'mail')]),
    ];
  }

  private async take(kind: AttemptKind, { counter, limiter, key }: Counted, attempter: Attempter): Promise<void> {
    try {
      await limiter.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // Called once, not for each further attempt, so that a flood does not fill the audit log.
      if (refusal.consumedPoints === limiter.points + 1) await this.onLockout(kind, counter, attempter);
      throw rateLimited('Too many attempts.', Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)));
    }
  }
}

/** A refusal, such as RATE_LIMITED, is an answer; that a part of the product is away, and each unexpected error, is none. */
const isUnanswered = (error: unknown): boolean =>
  !(error instanceof PublicError) ||
  error.extensions.code === ErrorCode.unavailable ||
  error.extensions.code === ErrorCode.timeout;

/** Longer than most outages; a window is 15 minutes by default. */
const TAKE_BACK_TRIES = 12;
const LONGEST_PAUSE_MS = 60_000;

/** The counters may be away with the rest: tried again, less and less often, for about six minutes. */
async function takeBack(counted: readonly Counted[]): Promise<void> {
  await Promise.all(
    counted.map(async ({ limiter, key }) => {
      for (let tries = 1; tries <= TAKE_BACK_TRIES; tries += 1) {
        const done = await limiter.reward(key, 1).then(
          () => true,
          () => false,
        );
        if (done) return;
        await pause(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** tries), undefined, { ref: false });
      }
    }),
  );
}
