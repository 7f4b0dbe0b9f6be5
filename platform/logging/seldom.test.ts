import { createLogger } from './logger.ts';
import { warnSeldom } from './seldom.ts';

it('writes the first at once, then one in a while, with how many it left out', () => {
  const written: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void written.push(JSON.parse(line) as Record<string, unknown>) };
  const warn = warnSeldom(createLogger({ level: 'warn', name: 'test' }, destination), 'away', 1_000);
  jest.useFakeTimers({ now: 0 });
  for (let at = 0; at < 2_500; at += 100) {
    warn({ at });
    jest.advanceTimersByTime(100);
  }
  jest.useRealTimers();
  expect(written.map(({ level, msg, at, leftOut }) => [level, msg, at, leftOut])).toEqual([
    [40, 'away', 0, undefined],
    [40, 'away', 1_000, 9],
    [40, 'away', 2_000, 9],
  ]);
});
