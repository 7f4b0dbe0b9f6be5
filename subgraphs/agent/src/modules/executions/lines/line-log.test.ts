import { boundedLine, levelOf, lineOf } from './agent-line.ts';
import { LineLog, type WrittenLine } from './line-log.ts';

function logOf(key = 'k') {
  const written: WrittenLine[][] = [];
  const log = new LineLog(
    key,
    async (lines) => void written.push([...lines]),
    () => undefined,
  );
  return { log, written };
}

const info = (message: string) => ({ level: 'INFO' as const, message });

test('lines of a moment are written together, in order, each with its origin', async () => {
  const { log, written } = logOf('lease');
  log.add(info('one'));
  log.add(info('two'));
  await log.close();
  log.add(info('after the end'));
  await log.close();
  expect(written.map((lines) => lines.map(({ message, origin }) => [message, origin]))).toEqual([
    [
      ['one', 'said:lease:1'],
      ['two', 'said:lease:2'],
    ],
  ]);
});

test('who writes too fast is told how much was lost', async () => {
  const { log, written } = logOf();
  for (let n = 0; n < 50; n += 1) log.add(info(String(n)));
  await log.close();
  const lines = written.flat();
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toMatchObject({ level: 'WARN', data: { dropped: 30 } });
});

test('of one attempt 1,000 lines are kept, and one that says how many are not', async () => {
  jest.useFakeTimers();
  try {
    const { log, written } = logOf();
    for (let n = 0; n < 1_200; n += 1) {
      log.add(info(String(n)));
      if (n % 20 === 19) await jest.advanceTimersByTimeAsync(250);
    }
    await log.close();
    const lines = written.flat();
    expect(lines).toHaveLength(1_001);
    expect(lines.at(-2)?.message).toBe('999');
    expect(lines.at(-1)).toMatchObject({ level: 'WARN', data: { dropped: 200 } });
  } finally {
    jest.useRealTimers();
  }
});

test.each([
  ['plain text', 'hello', undefined, { level: 'INFO', message: 'hello' }],
  ['a message with a level', { level: 'warning', message: 'm' }, undefined, { level: 'WARN', message: 'm' }],
  ['a message with values', { message: 'm', n: 1 }, 'critical', { level: 'ERROR', message: 'm', data: { n: 1 } }],
  ['data of its own', { message: 'm', data: { n: 1 } }, 'debug', { level: 'DEBUG', message: 'm', data: { n: 1 } }],
  ['any JSON', [1, 2], 'notice', { level: 'INFO', message: '[1,2]' }],
  ['an unknown level', 'm', 'loud', { level: 'INFO', message: 'm' }],
])('%s is a line', (_what, said, level, line) => expect(lineOf(said, level)).toEqual(line));

test('a line is short and harmless', () => {
  expect(boundedLine({ level: 'INFO', message: 'a\u001b[31m\u202Eb', data: { a: '\0' } })).toEqual({
    ...{ level: 'INFO', message: 'a\uFFFD[31m\uFFFDb', data: { a: '\uFFFD' } },
  });
  const { message, data } = boundedLine({ level: 'INFO', message: 'x'.repeat(10_000), data: { a: 'x'.repeat(5_000) } });
  expect([message.length, data]).toEqual([4_096, { omitted: '5008 characters' }]);
  expect(levelOf(undefined)).toBe('INFO');
});
