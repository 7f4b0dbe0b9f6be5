import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { closeSandbox, runInSandbox } from '../sandbox/index.ts';
import { problemsOfValues } from './json-schema-language.mjs';

afterAll(closeSandbox);

const key = fc.constantFrom('a', 'b', 'c');
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false, 0, 1, 2, 1.5, '', 'a', 'ab', 'abc', '2026-01-31'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

const { schema } = fc.letrec<{ schema: object }>((tie) => {
  const several = fc.array(tie('schema'), { minLength: 1, maxLength: 3 });
  const map = fc.dictionary(key, tie('schema'), { maxKeys: 3, noNullPrototype: true });
  return {
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('string', 'integer', 'number', 'object', 'array', 'null').map((type) => ({ type })),
      fc.array(value, { minLength: 1, maxLength: 3 }).map((list) => ({ enum: list })),
      fc.constantFrom('^a', 'b$', '^.{2}$', '[^a]').map((pattern) => ({ pattern })),
      fc.nat({ max: 3 }).map((n) => ({ minLength: n, maxItems: n, minProperties: n, maximum: n })),
      fc.array(key, { maxLength: 2 }).map((required) => ({ required: [...new Set(required)] })),
      fc.constant({ uniqueItems: true }),
      // Such as floating-point numbers divide well.
      fc.constantFrom(0.25, 0.5, 1, 2).map((multipleOf) => ({ multipleOf })),
      fc.constant({ format: 'date' }),
      fc.constantFrom('a', 'b', 'none').map((name) => ({ $ref: `#/$defs/${name}` })),
      several.map((allOf) => ({ allOf })),
      several.map((anyOf) => ({ anyOf })),
      several.map((oneOf) => ({ oneOf })),
      tie('schema').map((not) => ({ not })),
      tie('schema').map((items) => ({ items })),
      tie('schema').map((contains) => ({ contains })),
      several.map((prefixItems) => ({ prefixItems, unevaluatedItems: false })),
      map.map((properties) => ({ properties, additionalProperties: false })),
      map.map((properties) => ({ allOf: [{ properties }], unevaluatedProperties: false })),
      fc.record({ if: tie('schema'), then: tie('schema'), else: tie('schema') }),
      tie('schema').map((inner) => ({ patternProperties: { '^[ab]': inner, '^c': { type: 'string' } } })),
      tie('schema').map((propertyNames) => ({ propertyNames })),
    ),
  };
});

/** References lead down, so that none is endless. */
const whole = fc.record({ schema, b: schema }).map(({ schema: top, b }) => ({
  ...top,
  $defs: {
    a: { items: { type: 'string' } },
    b: JSON.parse(JSON.stringify(b).replaceAll('/b"', '/a"')) as object,
    none: {},
  },
}));

test('the library without our additions says the same of every value', () => {
  fc.assert(
    fc.property(whole, fc.array(value, { minLength: 1, maxLength: 5 }), (given, values) => {
      const plain = new Ajv2020({ strict: false, allErrors: true, ownProperties: true, logger: false });
      addFormats(plain);
      const validate = plain.compile(given);
      const text = JSON.stringify(given);
      const ours = problemsOfValues(
        values.map((each) => ({ text, value: each })),
        1_000_000,
      );
      expect(ours?.map((problems) => problems.length === 0)).toEqual(values.map((each) => validate(each)));
    }),
    { numRuns: 300 },
  );
});

test('this thread and the sandbox tell the same problems', async () => {
  await fc.assert(
    fc.asyncProperty(whole, fc.array(value, { minLength: 1, maxLength: 5 }), async (given, values) => {
      const text = JSON.stringify(given);
      const pairs = values.map((each) => ({ text, value: each }));
      const there = await runInSandbox({ language: 'json-schema', program: {}, input: pairs }, { timeoutMs: 20_000 });
      expect(there).toEqual(problemsOfValues(pairs, 1_000_000));
    }),
    { numRuns: 150 },
  );
});
