import { readJson } from '@flowmesh/platform/json';
import { ANSWER_LIMITS, checkAnswer } from './answer-limits.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test('refuses what the reader of JSON refuses', () => {
  for (const depth of [1, 200, 201, 3_000]) {
    const text = nested(depth);
    const isRefused = depth > 200;
    expect(readJson(text, ANSWER_LIMITS).ok).toBe(!isRefused);
    const check = () => checkAnswer(JSON.parse(text));
    if (isRefused) expect(check).toThrow(expect.objectContaining({ code: 'INVALID_OUTPUT' }));
    else expect(check).not.toThrow();
  }
  expect(() => checkAnswer({ n: Infinity })).toThrow('has a number that cannot be kept');
  expect(() => checkAnswer(Array.from({ length: 1_000_000 }, () => 0))).toThrow('has more than 1,000,000 values');
  expect(() => checkAnswer({ text: 'x', list: [1, null, { a: true }] })).not.toThrow();
});
