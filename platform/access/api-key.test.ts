import { createHash } from 'node:crypto';
import { apiKeyHash, newApiKey } from './index.ts';

test('a key has 256 random bits and a checksum, and is found by its hash', () => {
  const keys = Array.from({ length: 200 }, newApiKey);
  for (const { key, hash, prefix } of keys) {
    expect(key).toMatch(/^fm_[0-9A-Za-z]{49}$/);
    expect(prefix).toBe(key.slice(0, 11));
    expect(hash).toBe(createHash('sha256').update(key).digest('hex'));
    expect(apiKeyHash(key)).toBe(hash);
  }
  expect(new Set(keys.map(({ key }) => key)).size).toBe(200);
  // 62^43 is the first power that holds 256 bits, so the first digit alone is not of all 62.
  expect(62n ** 43n).toBeGreaterThan(2n ** 256n);
  expect(62n ** 42n).toBeLessThan(2n ** 256n);
});

test('what cannot be a key is known without asking', () => {
  const { key } = newApiKey();
  const other = (character: string) => (character === 'x' ? 'y' : 'x');
  for (let at = 0; at < key.length; at += 1) {
    expect(apiKeyHash(key.slice(0, at) + other(key[at]!) + key.slice(at + 1))).toBeNull();
  }
  for (const wrong of [
    '',
    'fm_',
    key.slice(1),
    `${key}0`,
    ` ${key}`,
    key.slice(0, -1),
    key.toUpperCase(),
    `fm_${'0'.repeat(49)}`,
  ]) {
    expect(apiKeyHash(wrong)).toBeNull();
  }
});
