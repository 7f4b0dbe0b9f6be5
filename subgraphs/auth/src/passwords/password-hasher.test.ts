import { createKeyRing } from '@flowmesh/platform/secrets';
import { createHmac } from 'node:crypto';
import { PublicError } from '@flowmesh/platform/errors';
import { hash as bcrypt } from 'bcrypt';
import { BoundedQueue } from './bounded-queue.ts';
import { createPasswordDigest } from './password-digest.ts';
import { PasswordHasher } from './password-hasher.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');
const { current } = createKeyRing(KEY);
const digest = createPasswordDigest(current);
const hasher = hasherOf(KEY);

/** With the first key, and hashes of the others still good. */
function hasherOf(key: string, others: readonly string[] = []) {
  return new PasswordHasher(createKeyRing(key, others).all.map(createPasswordDigest), { rounds: 4 });
}

test('verifies what it has hashed, with 12 rounds, and never nobody', async () => {
  const full = new PasswordHasher([digest]);
  const hash = await full.hash('pass phrase');
  expect(hash).toMatch(/^hmac-sha384:[\w-]{8}\$2b\$12\$/);
  expect(await full.verify('pass phrase', hash)).toBe(true);
  expect(await full.verify('pass phrase.', hash)).toBe(false);
  expect(await full.verify('pass phrase', null)).toBe(false);
  expect(full.isOutdated(hash)).toBe(false);
});

test('every character counts, however long the password is and wherever it stands', async () => {
  for (const password of ['x'.repeat(1_024), 'ä'.repeat(128), '👍'.repeat(128), `${'x'.repeat(71)}é`, 'a\0b']) {
    const hash = await hasher.hash(password);
    expect(hash).toHaveLength(80);
    expect(await hasher.verify(password, hash)).toBe(true);
    const characters = [...password];
    expect(await hasher.verify(characters.slice(0, -1).join(''), hash)).toBe(false);
    expect(await hasher.verify(`${characters.slice(0, -1).join('')}!`, hash)).toBe(false);
  }
});

test('the same letters written in another way are another password', async () => {
  const hash = await hasher.hash('caf\u00e9 au lait, s\u2019il');
  expect(await hasher.verify('caf\u00e9 au lait, s\u2019il'.normalize('NFD'), hash)).toBe(false);
  expect(await hasher.verify(' caf\u00e9 au lait, s\u2019il', hash)).toBe(false);
});

test('hashes from before digests still fit, are outdated, and never fit more than was hashed', async () => {
  const password = 'x'.repeat(72);
  const old = await bcrypt(password, 4);
  expect(hasher.isOutdated(old)).toBe(true);
  expect(await hasher.verify(password, old)).toBe(true);
  expect(await hasher.verify(`${password}y`, old)).toBe(false);
  expect(await hasher.verify('a\0b', await bcrypt('a', 4))).toBe(false);
});

test('digests depend on the key, and are not the plain SHA-384 of anything', async () => {
  const other = hasherOf(OTHER_KEY);
  expect(await other.verify('pass phrase', await hasher.hash('pass phrase'))).toBe(false);
  expect(digest.of('pass phrase')).toMatch(/^[\w+/]{64}$/);
  // The encryption key itself is not what the digest is made with.
  const direct = createHmac('sha384', Buffer.from(KEY, 'base64')).update('pass phrase').digest('base64');
  expect(digest.of('pass phrase')).not.toBe(direct);
});

test('with the key exchanged hashes still fit, are outdated, and new ones are made with the new key', async () => {
  const exchanged = hasherOf(OTHER_KEY, [KEY]);
  const hash = await hasher.hash('pass phrase');
  // From when hashes did not say with which key they were made.
  const unnamed = hash.replace(/:[\w-]{8}/, '');
  for (const earlier of [hash, unnamed]) {
    expect(await hasher.verify('pass phrase', earlier)).toBe(true);
    expect(await exchanged.verify('pass phrase', earlier)).toBe(true);
    expect(await exchanged.verify('pass phrase.', earlier)).toBe(false);
    expect(exchanged.isOutdated(earlier)).toBe(true);
    expect(await hasherOf(OTHER_KEY).verify('pass phrase', earlier)).toBe(false);
  }
  const next = await exchanged.hash('pass phrase');
  expect(exchanged.isOutdated(next)).toBe(false);
  expect(next.startsWith(exchanged.currentPrefix)).toBe(true);
  expect(await hasherOf(OTHER_KEY).verify('pass phrase', next)).toBe(true);
  expect(await hasher.verify('pass phrase', next)).toBe(false);
});

test('so many run, so many wait, the others are refused; a failure frees its place', async () => {
  const queue = new BoundedQueue({ running: 2, waiting: 3 });
  const ends: (() => void)[] = [];
  let running = 0;
  const work = () => {
    running += 1;
    return new Promise<void>((_resolve, reject) => ends.push(() => reject(new Error('failed'))));
  };
  const results = Array.from({ length: 6 }, () => queue.run(work).catch((error: unknown) => error));
  const refused = await results[5];
  expect(refused instanceof PublicError && refused.extensions.code).toBe('RATE_LIMITED');
  for (let ended = 0; ended < 5; ended += 1) {
    expect(running).toBe(Math.min(ended + 2, 5));
    ends[ended]?.();
    await results[ended];
    await Promise.resolve();
  }
  expect(await queue.run(async () => 'free again')).toBe('free again');
});
