import { HostFailure } from './answers.mjs';

const MAX_VALUE_BYTES = 1024 * 1024;
/** Keys that are looked at in one step of a scan, and steps of one scan: about a million keys. */
const SCAN_COUNT = 1_000;
const MAX_STEPS = 1_000;

async function text(send, length, read) {
  if ((await send(...length)) <= MAX_VALUE_BYTES) return send(...read);
  throw new HostFailure('LIMIT', 'The value is larger than 1 MB.');
}

/**
 * What can be asked, and by which commands: there are no others, and no scripts. Inputs satisfy the schemas of the
 * operations; what a server answers is checked against them by the parent. Keys are given their prefix here.
 */
export const operations = {
  ping: async (send) => {
    if ((await send('PING')) === 'PONG') return null;
    throw new HostFailure('CONNECTION', 'it does not answer as Redis does');
  },

  get: async (send, { key }, prefix) => {
    const name = prefix + key;
    return { value: await text(send, ['STRLEN', name], ['GET', name]) };
  },

  set: async (send, { key, value, ttlSeconds, onlyIfAbsent = false }, prefix) => {
    const options = [...(ttlSeconds === undefined ? [] : ['EX', ttlSeconds]), ...(onlyIfAbsent ? ['NX'] : [])];
    return { set: (await send('SET', prefix + key, value, ...options)) === 'OK' };
  },

  delete: async (send, { keys }, prefix) => ({ deleted: await send('DEL', ...keys.map((key) => prefix + key)) }),

  ttl: async (send, { key }, prefix) => {
    const left = await send('TTL', prefix + key);
    return { exists: left !== -2, ttlSeconds: left < 0 ? null : left };
  },

  expire: async (send, { key, ttlSeconds }, prefix) => ({
    set: (await send('EXPIRE', prefix + key, ttlSeconds)) === 1,
  }),

  increment: async (send, { key, by = 1 }, prefix) => ({ value: await send('INCRBY', prefix + key, by) }),

  getField: async (send, { key, field }, prefix) => {
    const name = prefix + key;
    return { value: await text(send, ['HSTRLEN', name, field], ['HGET', name, field]) };
  },

  setFields: async (send, { key, fields }, prefix) => ({
    added: await send('HSET', prefix + key, ...Object.entries(fields).flat()),
  }),

  deleteFields: async (send, { key, fields }, prefix) => ({ deleted: await send('HDEL', prefix + key, ...fields) }),

  publish: async (send, { channel, message }, prefix) => ({
    receivers: await send('PUBLISH', prefix + channel, message),
  }),

  scan: async (send, { match = '*', limit = 100 }, prefix) => {
    const found = new Set();
    const pattern = prefix.replace(/[\\*?[\]]/g, '\\$&') + match;
    let cursor = '0';
    let steps = 0;
    do {
      const [next, keys] = await send('SCAN', cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT);
      if (!Array.isArray(keys)) throw new HostFailure('CONNECTION', 'it does not answer as Redis does');
      for (const name of keys) if (name.startsWith(prefix)) found.add(name.slice(prefix.length));
      cursor = String(next);
      steps += 1;
    } while (cursor !== '0' && found.size <= limit && steps < MAX_STEPS);
    const keys = [...found].sort();
    return { keys: keys.slice(0, limit), truncated: keys.length > limit || cursor !== '0' };
  },
};
