import fc from 'fast-check';
import {
  execute,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  validate,
  type ExecutionResult,
} from 'graphql';
import { JSONObjectScalar, JSONScalar } from './index.ts';

/** Answers with its argument. */
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      one: { type: GraphQLInt, args: { text: { type: GraphQLString } } },
      any: { type: JSONScalar, args: { v: { type: JSONScalar } }, resolve: (_root, { v }) => v as unknown },
      object: {
        type: JSONObjectScalar,
        args: { v: { type: new GraphQLNonNull(JSONObjectScalar) } },
        resolve: (_root, { v }) => v as unknown,
      },
    },
  }),
});

/** What a client gets: refused by validation, or executed. */
function ask(query: string, variableValues: Record<string, unknown> = {}): ExecutionResult {
  const document = parse(query);
  const errors = validate(schema, document);
  return errors.length > 0 ? { errors } : (execute({ schema, document, variableValues }) as ExecutionResult);
}

const refusal = (query: string, variables?: Record<string, unknown>) =>
  ask(query, variables).errors?.map(({ message, extensions }) => `${String(extensions.code)} ${message}`);

test('variables stand in JSON literals as in input objects: absent ones leave no key, and null in lists', () => {
  const query = 'query($x:String,$y:JSON,$z:Int){any(v:{text:$x,n:1,l:[$x,$y,$z],deep:{y:$y,z:$z}})}';
  expect(ask(query, { x: 'a', y: { b: [1] } })).toEqual({
    data: { any: { text: 'a', n: 1, l: ['a', { b: [1] }, null], deep: { y: { b: [1] } } } },
  });
  expect(ask(query)).toEqual({ data: { any: { n: 1, l: [null, null, null], deep: {} } } });
  expect(ask(query, { x: null })).toEqual({ data: { any: { text: null, n: 1, l: [null, null, null], deep: {} } } });
  expect(ask('query($x:Int){object(v:{x:$x})}', { x: 2 })).toEqual({ data: { object: { x: 2 } } });
});

test('any JSON value comes out as it went in, as literal and as variable', () => {
  const name = fc.stringMatching(/^[_a-zA-Z][_a-zA-Z0-9]{0,8}$/);
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'binary' }).filter((text) => !/\p{Surrogate}/u.test(text)),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const literal = (given: unknown): string => {
    if (Array.isArray(given)) return `[${given.map(literal).join()}]`;
    if (typeof given !== 'object' || given === null) return JSON.stringify(given);
    return `{${Object.entries(given)
      .map(([key, inner]) => `${key}:${literal(inner)}`)
      .join()}}`;
  };
  fc.assert(
    fc.property(value, (given) => {
      const expected = JSON.stringify({ data: { any: given } });
      expect(JSON.stringify(ask(`{any(v:${literal(given)})}`))).toBe(expected);
      expect(JSON.stringify(ask('query($v:JSON){any(v:$v)}', { v: given }))).toBe(expected);
    }),
    { numRuns: 500 },
  );
});

test('what JavaScript cannot hold is refused with its place, before anything runs', () => {
  expect(refusal('{any(v:{a:[1,{foo:3544790567247868102}]})}')).toEqual([
    'BAD_USER_INPUT a[1].foo: the number 3544790567247868102 cannot be kept exactly; send it as a string',
  ]);
  expect(refusal('{any(v:1e400)}')).toEqual([
    'BAD_USER_INPUT value: the number 1e400 cannot be kept exactly; send it as a string',
  ]);
  expect(refusal('{any(v:{a:YES})}')).toEqual([
    'BAD_USER_INPUT a: YES is no JSON value; write it in quotes to send it as a string',
  ]);
  expect(refusal(`{any(v:${'['.repeat(102)}${']'.repeat(102)})}`)).toEqual([
    'BAD_USER_INPUT value: is nested more than 100 deep',
  ]);
});

test('only objects are objects', () => {
  expect(refusal('{object(v:[1])}')).toEqual(['BAD_USER_INPUT value: must be a JSON object, not [1]']);
  const [error] = refusal('query($v:JSONObject!){object(v:$v)}', { v: Array(100_000).fill('x') }) ?? [];
  expect(error).toMatch(/value: must be a JSON object, not a list$/);
  expect(error?.length).toBeLessThan(500);
});
