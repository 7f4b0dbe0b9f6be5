import { randomBytes } from 'node:crypto';
import { SecretError, createSecretBox } from './index.ts';

const key = randomBytes(32).toString('base64');

test('opens what it sealed, and seals the same text differently each time', () => {
  const box = createSecretBox(key);
  const sealed = box.seal('whsec_ünïcode', 'agent:1');
  expect(box.open(sealed, 'agent:1')).toBe('whsec_ünïcode');
  expect(box.seal('whsec_ünïcode', 'agent:1')).not.toBe(sealed);
  expect(sealed).not.toContain('whsec');
});

test('refuses another key, another context, a damaged value and a short key', () => {
  const box = createSecretBox(key);
  const sealed = box.seal('secret', 'agent:1');
  expect(() => createSecretBox(randomBytes(32).toString('base64')).open(sealed, 'agent:1')).toThrow(SecretError);
  expect(() => box.open(sealed, 'agent:2')).toThrow(SecretError);
  const at = 10;
  const damaged = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
  expect(() => box.open(damaged, 'agent:1')).toThrow(SecretError);
  expect(() => box.open('', 'agent:1')).toThrow(SecretError);
  expect(() => createSecretBox('short')).toThrow(SecretError);
});
