import { BOMBS } from './fixtures/bombs.ts';
import { closeSandbox, runInSandbox, SandboxError, sandboxPids } from './index.ts';
import { residentMemory } from './process-status.ts';

/** Far beyond what a small task takes, and far below what a bomb may. */
const NEIGHBOUR_MS = 5_000;
const MAX_GROWTH_BYTES = 150_000_000;
/** Of all processes of the sandbox, when they have nothing to do: what one has that is not worn, three times. */
const MAX_IDLE_BYTES = 700_000_000;

beforeAll(() => small('warm-up'));
afterAll(closeSandbox);

const small = (owner: string) =>
  runInSandbox({ language: 'jsonata', program: '$sum(a)', input: { a: [1, 2] } }, { timeoutMs: 20_000, owner });

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

test.each(BOMBS)('$name: ends by itself, and a neighbour is answered meanwhile', async (bomb) => {
  const before = process.memoryUsage().rss;
  const result = runInSandbox(bomb, { timeoutMs: 1_000, owner: 'bomber' }).catch((error: unknown) => error);
  const begun = performance.now();
  expect(await small('neighbour')).toBe(3);
  expect(performance.now() - begun).toBeLessThan(NEIGHBOUR_MS);
  expect(await result).toBeInstanceOf(SandboxError);
  expect(['MEMORY', 'TIMEOUT', 'FAILED']).toContain(((await result) as SandboxError).reason);
  expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH_BYTES);
});

test('what came of them is told by its reason', async () => {
  const reasonOf = (name: string) => {
    const bomb = BOMBS.find((each) => each.name.endsWith(name));
    return runInSandbox(bomb!, { timeoutMs: 20_000 }).catch((error: unknown) => (error as SandboxError).reason);
  };
  expect(await reasonOf('a reversed range')).toBe('MEMORY');
  expect(await reasonOf('a list within a list')).toBe('MEMORY');
  expect(await reasonOf('a text that doubles')).toBe('MEMORY');
});

test('memory returns to what it was', async () => {
  await small('after');
  const idle = sandboxPids().map((pid) => residentMemory(pid) ?? 0);
  expect(sum(idle)).toBeLessThan(MAX_IDLE_BYTES);
});
