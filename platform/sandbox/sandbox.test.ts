import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ErrorCode, PublicError } from '../errors/index.ts';
import { until } from '../testing/index.ts';
import { closeSandbox, configureSandbox, runInSandbox, SandboxError, sandboxPids } from './index.ts';

beforeAll(() => configureSandbox({ processes: 3 }));
afterEach(closeSandbox);

const onLinux = process.platform === 'linux' ? test : test.skip;

const ENDLESS = '($f := function($n){ $f($n + 1) }; $f(0))';

const evaluate = (program: string, options: Partial<Parameters<typeof runInSandbox>[1]> = {}, input: unknown = {}) =>
  runInSandbox({ language: 'jsonata', program, input }, { timeoutMs: 20_000, ...options });

/** The reason of a SandboxError, the code of a PublicError, or the value. */
const outcomeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => {
    if (error instanceof SandboxError) return error.reason;
    if (error instanceof PublicError) return error.extensions['code'];
    throw error;
  });

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('gives what the program gives, and says what went wrong with it', async () => {
  expect(await evaluate('a', {}, { a: [1, { b: 'ü' }] })).toEqual([1, { b: 'ü' }]);
  expect(await evaluate('nothing')).toBeNull();
  await expect(evaluate('$sum("a")')).rejects.toMatchObject({ reason: 'FAILED', details: { position: 5 } });
  expect(await outcomeOf(evaluate('$f := function($n){ $n = 0 ? 0 : 1 + $f($n - 1) }; $f(300)'))).toBe('FAILED');
});

test('takes and gives only so much', async () => {
  const text = 'x'.repeat(1_048_570);
  expect(await evaluate('t', {}, { t: text })).toBe(text);
  await expect(evaluate('t & "xxxxxxxxxx"', {}, { t: text })).rejects.toThrow('the result exceeds 1 MB');
  await expect(evaluate('[1..100001].{"a": 1}')).rejects.toThrow('more than 100,000 lists and objects');
  const many = Array.from({ length: 17 }, () => text);
  await expect(evaluate('1', {}, many)).rejects.toMatchObject({ reason: 'MEMORY' });
  expect(await evaluate('$count($)', {}, many.slice(0, 15))).toBe(15);
});

test('a program sees nothing of this process', async () => {
  for (const program of ['process', '$$.process', '$lookup($, "constructor")', '$eval("process.env")']) {
    expect(await evaluate(program)).toBeNull();
  }
  await expect(evaluate('$process')).rejects.toThrow('$process is not known');
});

onLinux('its process knows nothing of the environment, has limits, and is the first to go', async () => {
  expect(await evaluate('1')).toBe(1);
  const of = (name: string) => readFileSync(`/proc/${sandboxPids()[0]}/${name}`, 'latin1');
  expect(of('environ')).not.toMatch(/PATH|NODE/);
  // 400,000 KB, and what V8 sets aside for machine code where the kernel counts that as data.
  const limit = Number.parseInt(process.versions.node, 10) < 24 ? 409_600_000 : 946_470_912;
  expect(of('limits')).toMatch(new RegExp(`^Max data size +${limit} +${limit} `, 'm'));
  expect(of('limits')).toMatch(/^Max core file size +0 +0 /m);
  expect(of('limits')).toMatch(/^Max file size +0 +0 /m);
  expect(of('oom_score_adj')).toBe('1000\n');
});

test('work ends when its time is over, and may go on for longer while nothing waits for its place', async () => {
  const begun = performance.now();
  expect(await outcomeOf(evaluate(ENDLESS, { timeoutMs: 200 }))).toBe('TIMEOUT');
  expect(performance.now() - begun).toBeGreaterThan(190);
  const alone = performance.now();
  expect(await outcomeOf(evaluate(ENDLESS, { timeoutMs: 100, idleTimeoutMs: 1_000 }))).toBe('TIMEOUT');
  expect(performance.now() - alone).toBeGreaterThan(990);
});

test('who goes on beyond the time makes room for whoever comes', async () => {
  const options = { timeoutMs: 100, idleTimeoutMs: 60_000, urgent: true };
  const long = ['a', 'b', 'c'].map((owner) => outcomeOf(evaluate(ENDLESS, { ...options, owner })));
  await until('all places are taken', () => sandboxPids().length === 3);
  const begun = performance.now();
  expect(await evaluate('1 + 1', { owner: 'd' })).toBe(2);
  expect(performance.now() - begun).toBeLessThan(20_000);
  expect(await Promise.race(long)).toBe('TIMEOUT');
});

test('a process ended from outside is replaced; what it did may be tried again', async () => {
  expect(await evaluate('1')).toBe(1);
  const idle = sandboxPids();
  for (const pid of idle) process.kill(pid, 'SIGKILL');
  await until('the processes are gone', () => !sandboxPids().some((pid) => idle.includes(pid)));
  expect(await evaluate('1')).toBe(1);

  const busy = outcomeOf(evaluate(ENDLESS));
  for (const pid of sandboxPids()) process.kill(pid, 'SIGKILL');
  expect(await busy).toBe(ErrorCode.unavailable);
  expect(await evaluate('1')).toBe(1);
});

test('a process that somebody has halted is ended at the deadline, and what it did may be tried again', async () => {
  configureSandbox({ processes: 1 });
  expect(await evaluate('1')).toBe(1);
  for (const pid of sandboxPids()) process.kill(pid, 'SIGSTOP');
  expect(await outcomeOf(evaluate('1', { timeoutMs: 300 }))).toBe(ErrorCode.unavailable);
  configureSandbox({ processes: 3 });
  expect(await evaluate('1')).toBe(1);
});

test('signals that are meant for the parent end no process', async () => {
  // One that is only beginning would be ended by them, and replaced.
  await closeSandbox();
  configureSandbox({ processes: 1 });
  expect(await evaluate('1')).toBe(1);
  const pids = sandboxPids();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) for (const pid of pids) process.kill(pid, signal);
  expect(await evaluate('1')).toBe(1);
  expect(sandboxPids()).toEqual(pids);
  configureSandbox({ processes: 3 });
});

test('twelve endless programs of one owner leave a place for another', async () => {
  await Promise.all(['a', 'b', 'c'].map((owner) => evaluate('$sum([1..99999])', { owner })));
  let ended = 0;
  const endless = Array.from({ length: 12 }, () =>
    outcomeOf(evaluate(ENDLESS, { owner: 'a', timeoutMs: 500 })).finally(() => (ended += 1)),
  );
  const times: number[] = [];
  while (ended < 3) {
    const begun = performance.now();
    expect(await evaluate('1', { owner: 'b', urgent: true })).toBe(1);
    times.push(performance.now() - begun);
  }
  // Far less than what one of the twelve takes.
  expect(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]).toBeLessThan(50);
  expect(times.length).toBeGreaterThan(20);
  // What a person waits for comes before the other work of the same owner.
  expect(await evaluate('1', { owner: 'a', urgent: true })).toBe(1);
  await closeSandbox();
  expect(new Set(await Promise.all(endless))).toEqual(new Set([ErrorCode.unavailable, 'TIMEOUT']));
});

test('an owner whose work has ended a process has a place again soon, however many processes there are', async () => {
  for (const processes of [1, 2, 3, 4]) {
    configureSandbox({ processes });
    const owners = ['a', 'b', 'c', 'd'].slice(0, processes);
    await Promise.all(owners.map((owner) => evaluate('$sum([1..99999])', { owner })));
    for (let n = 0; n < 3; n += 1) {
      expect(await outcomeOf(evaluate(ENDLESS, { owner: 'a', timeoutMs: 20 }))).toBe('TIMEOUT');
      expect(await evaluate('1', { owner: 'a' })).toBe(1);
    }
    await closeSandbox();
  }
  configureSandbox({ processes: 3 });
});

test('an owner may have so much waiting, and no more', async () => {
  const waiting = Array.from({ length: 101 }, () => outcomeOf(evaluate(ENDLESS, { owner: 'a' })));
  expect(await outcomeOf(evaluate('1', { owner: 'a' }))).toBe(ErrorCode.rateLimited);
  expect(await evaluate('1', { owner: 'b' })).toBe(1);
  await closeSandbox();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([ErrorCode.unavailable, ErrorCode.rateLimited]));
});

test('nothing is left after the end', async () => {
  const endless = outcomeOf(evaluate(ENDLESS));
  await until('two processes', () => sandboxPids().length === 2);
  const pids = sandboxPids();
  await closeSandbox();
  expect(await endless).toBe(ErrorCode.unavailable);
  expect(pids.filter(isAlive)).toEqual([]);
});

test('nothing is left when the parent is killed, whatever runs', async () => {
  const file = fileURLToPath(new URL('./fixtures/endless-parent.ts', import.meta.url));
  const parent = fork(file, [], { execArgv: ['--import', 'tsx'] });
  const [pids] = (await once(parent, 'message')) as [number[]];
  expect(pids.filter(isAlive)).toHaveLength(3);
  parent.kill('SIGKILL');
  await until('its processes are gone', () => pids.every((pid) => !isAlive(pid)));
});
