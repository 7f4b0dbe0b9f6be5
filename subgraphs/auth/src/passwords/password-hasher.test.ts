import { PublicError } from '@flowmesh/platform/errors';
import { BoundedQueue } from './bounded-queue.ts';
import { PasswordHasher } from './password-hasher.ts';

test('verifies what it has hashed, with 12 rounds, and never nobody', async () => {
  const hasher = new PasswordHasher();
  const hash = await hasher.hash('pass phrase');
  expect(hash).toMatch(/^\$2b\$12\$/);
  expect(await hasher.verify('pass phrase', hash)).toBe(true);
  expect(await hasher.verify('pass phrase.', hash)).toBe(false);
  expect(await hasher.verify('pass phrase', null)).toBe(false);
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
