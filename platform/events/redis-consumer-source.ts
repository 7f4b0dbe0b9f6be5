import type { Redis } from 'ioredis';
import { newId } from '../ids/index.ts';
import type { ConsumerPage, ConsumerSource } from './consumer.ts';
import { decodeEvent } from './event-json.ts';
import { ADVANCE, RELEASE, RENEW } from './redis-bus-scripts.ts';
import type { RedisKeys } from './redis-keys.ts';
import { isBefore, STREAM_START } from './redis-stream-id.ts';

const CLAIM_MS = 6_000;
const RENEW_EVERY_MS = 2_000;
/** How much of the stream is looked at to tell how far a group is behind. */
const PAGE_BEHIND = 500;
const PAGES_BEHIND = 10;

/** Ids begin with the moment, by the clock of Redis. */
const secondsSince = (id: string): number => Math.max(0, Date.now() - Number(id.split('-')[0])) / 1_000;

interface Claim {
  readonly token: string;
  readonly timer: NodeJS.Timeout;
  /** By our own clock, and before Redis lets the claim end. */
  validUntil: number;
}

/**
 * Consumers on Redis: a claim with an end says who runs a group, the position is kept in a hash and stored only under
 * the claim. When Redis was emptied both are gone; the group is then claimed again and starts with the oldest event.
 */
export function redisConsumerSource(redis: Redis, keys: RedisKeys): ConsumerSource {
  const claims = new Map<string, Claim>();

  const drop = (group: string): Claim | undefined => {
    const claim = claims.get(group);
    if (claim) clearInterval(claim.timer);
    claims.delete(group);
    return claim;
  };

  async function renew(group: string, token: string): Promise<void> {
    const asked = Date.now();
    try {
      const held = await redis.eval(RENEW, 1, keys.lock(group), token, CLAIM_MS);
      const claim = claims.get(group);
      if (claim?.token !== token) return;
      if (held === 1) claim.validUntil = asked + CLAIM_MS;
      else drop(group);
    } catch {
      // Redis does not answer: `validUntil` ends the claim unless a later renewal succeeds.
    }
  }

  return {
    holds: (group) => (claims.get(group)?.validUntil ?? 0) > Date.now(),

    async claim(group) {
      const known = claims.get(group);
      if (known && known.validUntil > Date.now()) return undefined;
      drop(group);
      const token = newId();
      const asked = Date.now();
      if ((await redis.set(keys.lock(group), token, 'PX', CLAIM_MS, 'NX')) !== 'OK') return undefined;
      const timer = setInterval(() => void renew(group, token), RENEW_EVERY_MS);
      timer.unref();
      claims.set(group, { token, timer, validUntil: asked + CLAIM_MS });
      return (await redis.hget(keys.positions, group)) ?? STREAM_START;
    },

    async read(position, types, limit): Promise<ConsumerPage> {
      const entries = await redis.xrange(keys.stream, `(${position}`, '+', 'COUNT', limit);
      const last = entries.at(-1)?.[0];
      if (last === undefined) {
        // Ids below ours mean another stream: emptied, and begun again under a clock that is behind.
        const [newest] = await redis.xrevrange(keys.stream, '+', '-', 'COUNT', 1);
        return { events: [], end: newest && isBefore(newest[0], position) ? STREAM_START : position };
      }
      const events = entries
        .map(([id, fields]) => ({ event: decodeEvent(fields[1]), position: id }))
        .filter(({ event }) => types.includes(event.type));
      return { events, end: last };
    },

    async behindSeconds(group, types) {
      let position = (await redis.hget(keys.positions, group)) ?? STREAM_START;
      for (let page = 0; page < PAGES_BEHIND; page++) {
        const entries = await redis.xrange(keys.stream, `(${position}`, '+', 'COUNT', PAGE_BEHIND);
        const first = entries.find(([, fields]) => types.includes(decodeEvent(fields[1]).type));
        if (first) return secondsSince(first[0]);
        const last = entries.at(-1)?.[0];
        if (entries.length < PAGE_BEHIND || last === undefined) return 0;
        position = last;
      }
      // Nothing of it so far, but there is more: at most this far behind.
      return secondsSince(position);
    },

    async advance(group, _from, to) {
      const token = claims.get(group)?.token;
      if (!token) return false;
      const stored = await redis.eval(ADVANCE, 2, keys.lock(group), keys.positions, token, group, to);
      if (stored !== 1) drop(group);
      return stored === 1;
    },

    async release(group) {
      const claim = drop(group);
      if (claim) await redis.eval(RELEASE, 1, keys.lock(group), claim.token);
    },
  };
}
