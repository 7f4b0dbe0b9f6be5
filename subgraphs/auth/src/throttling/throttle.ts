import type { Client } from '@flowmesh/platform/access';
import { rateLimited } from '@flowmesh/platform/errors';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { CounterOf } from './throttle-counters.ts';
import { accountKey, addressKey, MAILING, type AttemptKind, type Counter } from './throttle-rules.ts';

/** Who tries. Counted by whatever is known of it. */
export interface Attempter {
  /** E-mail or user name that is tried; the id of its user where both are names of one account. */
  readonly account?: string;
  /** Whose account that is, when there is one: only for the record of a lock-out. */
  readonly userId?: string | undefined;
  readonly client?: Client;
  /** The device of somebody who has signed in to this very account before: counted by itself, and by nothing else. */
  readonly knownDevice?: string | null;
}

export interface Attempt {
  /** It was honest: it does not count, and neither do those of the same account before it. */
  succeeded(): Promise<void>;
}

/** Is told when an account, device or address has had all its attempts. */
export type OnLockout = (kind: AttemptKind, counter: Counter, attempter: Attempter) => Promise<void>;

interface Counted {
  readonly counter: Counter;
  readonly limiter: RateLimiterAbstract;
  readonly key: string;
}

/**
 * Counts attempts per account and per address, before anything is looked up: of any number that come at the same time
 * no more get through than there is room for. Whoever is on a known device has a counter of their own, so others who
 * guess at the account, or share the address, do not lock the owner out (OWASP, device cookies).
 */
export class Throttle {
  constructor(
    private readonly counterOf: CounterOf,
    private readonly onLockout: OnLockout = async () => undefined,
  ) {}

  /** Counts one attempt. Throws RATE_LIMITED, with `retryAfter` in seconds, when there is no room for it. */
  async begin(kind: AttemptKind, attempter: Attempter): Promise<Attempt> {
    const counted = this.countersOf(kind, attempter);
    for (const each of counted) await this.take(kind, each, attempter);
    return {
      succeeded: async () => {
        await Promise.all(
          counted.map(({ counter, limiter, key }) =>
            // Many share an address: a success takes back itself, not what others have tried.
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
      // Told once, not with each further attempt: a flood would fill what is told.
      if (refusal.consumedPoints === limiter.points + 1) await this.onLockout(kind, counter, attempter);
      throw rateLimited('Too many attempts.', Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)));
    }
  }
}
