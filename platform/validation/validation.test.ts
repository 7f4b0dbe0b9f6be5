import { z } from 'zod';
import { id, jsonObject, jsonValue, line, metadata, parseInput, tags, text } from './index.ts';

const problems = (schema: z.ZodType, input: unknown): Record<string, string> => {
  const parsed = parseInput(schema, input);
  return parsed.ok ? {} : Object.fromEntries(parsed.error.fields.map(({ path, message }) => [path, message]));
};

test('lists every problem at once, with its path', () => {
  const schema = z.object({
    name: line({ min: 1, max: 5 }),
    steps: z.array(z.object({ config: jsonValue({ maxBytes: 100 }) })),
    tags: tags(),
  });
  const input = { name: ' \n ', steps: [{ config: 1 }, { config: { deep: [true, 'a\0'] } }], tags: ['x'.repeat(51)] };
  expect(parseInput(schema, input)).toEqual({
    ok: false,
    error: {
      __typename: 'InvalidInputError',
      code: 'INVALID_INPUT',
      message: 'Fields of the input cannot be accepted.',
      fields: [
        { path: 'name', message: 'must not be empty' },
        { path: 'steps[1].config.deep[1]', message: 'must not contain the character NUL' },
        { path: 'tags[0]', message: 'must have at most 50 characters' },
      ],
    },
  });
  expect(parseInput(schema, { name: ' Ada ', steps: [], tags: ['a', ' a', 'b'] })).toEqual({
    ok: true,
    data: { name: 'Ada', steps: [], tags: ['a', 'b'] },
  });
});

test('text is counted in characters and must be storable', () => {
  const two = z.object({ a: text({ min: 2, max: 2 }) });
  expect(problems(two, { a: '👍👍' })).toEqual({});
  expect(problems(two, { a: '👍' })).toEqual({ a: 'must have at least 2 characters' });
  expect(problems(two, { a: '👍👍👍' })).toEqual({ a: 'must have at most 2 characters' });
  expect(problems(two, { a: 'a\ud83d' }).a).toMatch(/valid Unicode/);
  expect(problems(z.object({ a: text({ max: 10_000 }) }), { a: 'x'.repeat(10_001) }).a).toMatch(/10,000/);
  expect(problems(z.object({ a: line({ max: 9 }) }), { a: 'a\tb' }).a).toMatch(/one line/);
  expect(problems(z.object({ a: id() }), { a: '' })).toEqual({ a: 'must not be empty' });
});

test('JSON that cannot be stored is refused, whatever hides it', () => {
  const check = (value: unknown) => problems(z.object({ v: jsonValue({ maxBytes: 50, maxDepth: 3 }) }), { v: value });
  expect(check({ a: [null, true, 1.5, 'ü'] })).toEqual({});
  expect(check([[[1]]])).toEqual({});
  expect(check([[[[]]]])).toEqual({ 'v[0][0][0]': 'is nested too deeply' });
  expect(check({ 'k\0': 1 })).toEqual({ v: 'has a key that must not contain the character NUL' });
  expect(check(JSON.parse('{"a":{"__proto__":1}}'))).toEqual({ 'v.a': 'must not have the key __proto__' });
  expect(check([Infinity])).toEqual({ 'v[0]': 'must be a finite number' });
  expect(check({ a: undefined })).toEqual({ 'v.a': 'must be a JSON value' });
  expect(check('ü'.repeat(24))).toEqual({});
  expect(check('ü'.repeat(25))).toEqual({ v: 'must be at most 50 bytes of JSON' });
});

test('objects and metadata', () => {
  expect(problems(z.object({ v: jsonObject({ maxBytes: 9 }) }), { v: [] })).toEqual({ v: 'must be a JSON object' });
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, index]));
  expect(problems(z.object({ v: metadata() }), { v: many })).toEqual({ v: 'must have at most 100 keys' });
  expect(problems(z.object({ v: metadata().nullish() }), { v: null })).toEqual({});
});
