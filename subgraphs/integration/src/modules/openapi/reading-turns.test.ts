import { ReadingTurns } from './reading-turns.ts';

test('of each user one document is read at a time, a few wait, and others are not kept waiting', async () => {
  const turns = new ReadingTurns();
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const read = (owner: string, name: string) =>
    turns.take(owner, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.push(() => resolve(name)));
    });
  const ofOne = ['a1', 'a2', 'a3', 'a4'].map((name) => read('a', name));
  await expect(read('a', 'a5')).rejects.toMatchObject({ extensions: { code: 'RATE_LIMITED', retryAfter: 10 } });
  const other = read('b', 'b1');
  await Promise.resolve();
  expect(begun).toEqual(['a1', 'b1']);
  for (const [at, each] of ofOne.entries()) {
    ends[at === 0 ? 0 : at + 1]!();
    expect(await each).toBe(`a${at + 1}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  ends[1]!();
  expect(await other).toBe('b1');
  expect(begun).toEqual(['a1', 'b1', 'a2', 'a3', 'a4']);
});

test('a document that cannot be read lets the next one in', async () => {
  const turns = new ReadingTurns();
  const wrong = turns.take('a', () => Promise.reject(new Error('no YAML')));
  const next = turns.take('a', async () => 'read');
  await expect(wrong).rejects.toThrow('no YAML');
  expect(await next).toBe('read');
});
