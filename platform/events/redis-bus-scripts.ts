/**
 * Adds each event to the stream once: the ids of the last `window` events are remembered, which is many times more than
 * relays can repeat. KEYS stream, seen ids, counter; ARGV maximum length, window, then alternating id and event.
 */
export const PUBLISH = `
  for i = 3, #ARGV, 2 do
    local n = redis.call('INCR', KEYS[3])
    if redis.call('ZADD', KEYS[2], 'NX', n, ARGV[i]) == 1 then
      redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'event', ARGV[i + 1])
    end
  end
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -(tonumber(ARGV[2]) + 1))
  return 1`;

/** Lengthens a claim that is still ours. KEYS lock; ARGV token, milliseconds. */
export const RENEW = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** Stores a position while the claim is still ours. KEYS lock, positions; ARGV token, group, position. */
export const ADVANCE = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
  return 1`;

/** Gives up a claim that is still ours. KEYS lock; ARGV token. */
export const RELEASE = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])`;
