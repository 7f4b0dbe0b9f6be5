import { ExpressionError } from '@flowmesh/platform/expressions';
import { stepTypeProblems } from '../../workflows/validation/step-problems.ts';
import type { StepDefinition } from '../engine/definition.ts';
import { delayStep } from './delay-step.ts';
import { untilProblem } from './delay-until.ts';
import type { StepRun } from './step-type.ts';

const DAY_MS = 86_400_000;

/** What a DELAY step waits for that is given this value as its `until`. */
async function waitsUntil(value: unknown) {
  const run = {
    step: { config: { until: 'input' } },
    execution: { startedById: 'ann' },
    values: async () => ({ input: value, steps: {}, context: {} }),
  } as unknown as StepRun;
  const outcome = await delayStep.run(run);
  return outcome.kind === 'time' && 'at' in outcome.until ? outcome.until.at.toISOString() : outcome;
}

const tomorrow = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10);

test.each([
  [`${tomorrow}T12:00:00Z`, `${tomorrow}T12:00:00.000Z`],
  [`${tomorrow}T12:00:00.123456Z`, `${tomorrow}T12:00:00.123Z`],
  [`${tomorrow}T12:00:00+02:00`, `${tomorrow}T10:00:00.000Z`],
  [`${tomorrow}T12:00-01:30`, `${tomorrow}T13:30:00.000Z`],
  // Without a zone it is UTC, wherever the product runs.
  [`${tomorrow}T12:00:00`, `${tomorrow}T12:00:00.000Z`],
  [`${tomorrow}T12:00`, `${tomorrow}T12:00:00.000Z`],
  [tomorrow, `${tomorrow}T00:00:00.000Z`],
  [Date.parse(tomorrow), `${tomorrow}T00:00:00.000Z`],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  [Date.UTC(2000, 0, 1), '2000-01-01T00:00:00.000Z'],
  // Longer ago than a database can tell.
  ['0000-01-01', '1970-01-01T00:00:00.000Z'],
])('until %j', async (value, time) => expect(await waitsUntil(value)).toBe(time));

test.each([
  '2026-02-30T00:00:00Z',
  '2026-11-31',
  '2023-02-29',
  '2026-01-31T24:00:00Z',
  '2026-01-31T12:00:00+0200',
  '2026-01-31 12:00:00Z',
  '5',
  '',
  'March 7',
  'tomorrow',
  '2026',
  `${Date.now()}`,
  8.64e15 + 1,
  Number.MAX_VALUE,
  true,
  null,
  [tomorrow],
  { at: tomorrow },
])('%j is not a time', async (value) => {
  const error = await waitsUntil(value).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ExpressionError);
  expect((error as ExpressionError).message).toMatch(
    typeof value === 'number' ? /is more than 30 days ahead$/ : /^the result .* is not a time: ISO 8601, e\.g\. /,
  );
});

test.each([1989, 0, -8.64e15, 1_767_225_600, Date.UTC(2000, 0, 1) - 1])('the number %d is not a time', (value) =>
  expect(waitsUntil(value)).rejects.toMatchObject({
    code: 'EVALUATION',
    message: `the result ${value} is not a time: numbers are milliseconds since 1970, from the year 2000 on; a date is written in quotes`,
  }),
);

const inQuotes = (time: string) => `is no time as it stands: write it in quotes: "${time}" with the quotes`;
const example = inQuotes('2026-01-31T12:00:00Z');

test.each([
  ['2026-12-25', inQuotes('2026-12-25')],
  [' 2026-12-01T00:00:00Z ', inQuotes('2026-12-01T00:00:00Z')],
  ['2026-12-01T00:00:00+01:00', inQuotes('2026-12-01T00:00:00+01:00')],
  ['2027-1-1', example],
  ['2026-02-30', example],
  ['2026-12-25 10:00', example],
  ['25.12.2026', example],
  ['12/25/2026', example],
  ['10:30', example],
  ['1767225600', example],
  ['5', example],
  ['-1', example],
  ['"2026-02-30"', '"2026-02-30" is not a time: ISO 8601, e.g. 2026-01-31T12:00:00Z'],
  ["'5'", '"5" is not a time: ISO 8601, e.g. 2026-01-31T12:00:00Z'],
])('until: %s is refused before it runs', (until, message) => expect(untilProblem(until)).toBe(message));

test.each([
  '"2026-12-25"',
  "'2026-12-01T00:00:00Z'",
  '1767225600000',
  '$millis() + 60000',
  '$toMillis("25.12.2026", "[D].[M].[Y]")',
  'input.day & "T10:00:00Z"',
  '"2026-" & input.month & "-01"',
  'input.at',
])('until: %s may be meant', (until) => expect(untilProblem(until)).toBeNull());

test('what a configuration must not be is told in words', () => {
  const problemsOf = (config: Record<string, unknown>) =>
    stepTypeProblems({ id: 'a', stepType: 'DELAY', agentId: null, config } as StepDefinition, 0).map(
      ({ code, path, message }) => `${code} ${path} ${message}`,
    );
  const range = 'must be a number of seconds, 0 to 2,592,000 (30 days)';
  expect(problemsOf({ seconds: 2_592_000 })).toEqual([]);
  expect(problemsOf({ until: '"2026-01-31"' })).toEqual([]);
  expect(problemsOf({ until: '2026-12-25' })).toEqual([
    `INVALID_VALUE steps[0].config.until ${inQuotes('2026-12-25')}`,
  ]);
  expect(problemsOf({})).toEqual(['MISSING_VALUE steps[0].config.seconds needs either seconds or until']);
  expect(problemsOf({ seconds: 1, until: '"2026-01-31"' })).toEqual([
    'INVALID_VALUE steps[0].config.until cannot be given together with seconds: how long, or until when, not both',
  ]);
  expect(problemsOf({ seconds: -1 })).toEqual([`INVALID_VALUE steps[0].config.seconds ${range}`]);
  expect(problemsOf({ seconds: 2_592_001 })).toEqual([`INVALID_VALUE steps[0].config.seconds ${range}`]);
  expect(problemsOf({ seconds: '5' })).toEqual([`INVALID_VALUE steps[0].config.seconds ${range}`]);
});
