import { createCipheriv, randomBytes } from 'node:crypto';
import { SecretError, createKeyRing, createSecretBox } from './index.ts';

const newKey = () => randomBytes(32).toString('base64');
const boxOf = (key: string, others: readonly string[] = []) => createSecretBox(createKeyRing(key, others));
const key = newKey();

test('opens what it has sealed, and never seals the same way twice', () => {
  const box = boxOf(key);
  const sealed = box.seal('whsec_ünïcode', 'agent:1');
  expect(box.open(sealed, 'agent:1')).toBe('whsec_ünïcode');
  expect(box.seal('whsec_ünïcode', 'agent:1')).not.toBe(sealed);
  expect(sealed).not.toContain('whsec');
  expect(sealed).toMatch(/^v2\.[\w-]{8}\.[\w-]+$/);
  expect(sealed.startsWith(box.currentPrefix)).toBe(true);
});

test('opens nothing of another key, for another place, or that was damaged', () => {
  const box = boxOf(key);
  const sealed = box.seal('secret', 'agent:1');
  expect(() => boxOf(newKey()).open(sealed, 'agent:1')).toThrow(SecretError);
  expect(() => box.open(sealed, 'agent:2')).toThrow(SecretError);
  for (const at of [1, 4, 20, sealed.length - 2]) {
    const damaged = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    expect(() => box.open(damaged, 'agent:1')).toThrow(SecretError);
  }
  for (const nothing of [
    '',
    'v1',
    'v2..',
    'v1.',
    `v3${sealed.slice(2)}`,
    sealed.split('.').slice(0, 2).join('.'),
    `${sealed}.x`,
  ]) {
    expect(() => box.open(nothing, 'agent:1')).toThrow(SecretError);
  }
  expect(() => boxOf('short')).toThrow(SecretError);
  expect(() => boxOf(key, ['short'])).toThrow(SecretError);
});

test('with the key exchanged what the earlier one has sealed opens, and nothing new is sealed with it', () => {
  const next = newKey();
  const sealed = boxOf(key).seal('secret', 'agent:1');
  const exchanged = boxOf(next, [newKey(), key]);
  expect(exchanged.open(sealed, 'agent:1')).toBe('secret');
  expect(() => exchanged.open(sealed, 'agent:2')).toThrow(SecretError);
  expect(sealed.startsWith(exchanged.currentPrefix)).toBe(false);
  const again = exchanged.seal('secret', 'agent:1');
  expect(boxOf(next).open(again, 'agent:1')).toBe('secret');
  expect(() => boxOf(key).open(again, 'agent:1')).toThrow(SecretError);
});

test('values from before keys had ids open with whichever key it was', () => {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'base64'), iv).setAAD(Buffer.from('agent:1'));
  const encrypted = Buffer.concat([cipher.update('secret'), cipher.final()]);
  const sealed = `v1.${Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64url')}`;
  expect(boxOf(key).open(sealed, 'agent:1')).toBe('secret');
  expect(boxOf(newKey(), [newKey(), key]).open(sealed, 'agent:1')).toBe('secret');
  expect(() => boxOf(newKey()).open(sealed, 'agent:1')).toThrow(SecretError);
});

test('a ring has each key once; keys derived for one purpose are those of no other purpose or key', () => {
  const ring = createKeyRing(key, [key, newKey()]);
  expect(ring.all).toHaveLength(2);
  expect(ring.all[0]).toBe(ring.current);
  const derived = ring.all.flatMap((each) => ['a', 'b'].map((purpose) => each.derive(purpose, 32).toString('hex')));
  expect(new Set(derived).size).toBe(4);
  expect(ring.current.derive('a', 32).toString('hex')).toBe(derived[0]);
});
