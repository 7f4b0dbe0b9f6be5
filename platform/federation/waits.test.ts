import { describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { readWaits } from './waits.ts';

const asksToWait = readWaits(
  parse(`
    type Mutation {
      run(input: RunInput!): Run!
      call(input: CallInput!): Call! @waits
    }
    extend type Mutation {
      test: Call! @waits
      cancel(input: CancelInput!): Run!
    }
    input RunInput { wait: Boolean! = false @waits metadata: JSON text: String }
    input CallInput { id: ID! }
    input CancelInput { wait: Boolean! = false }
    type Query { call: Call! }
  `),
);

const mutationOf = (input: string, field = 'run') =>
  `mutation M($i: I!, $w: Boolean) { ${field}(input: ${input}) { done } }`;

test.each([
  [true, { query: mutationOf('{ wait: true }') }],
  [true, { query: mutationOf('{ wait: $w }'), variables: { w: true } }],
  [true, { query: mutationOf('$i'), variables: { i: { wait: true } } }],
  [true, { query: 'mutation { ...Run } fragment Run on Mutation { run(input: {wait: true}) { done } }' }],
  [true, { query: 'mutation { ... on Mutation { first: run(input: {wait: true}) { done } } }' }],
  [false, { query: mutationOf('{ wait: false }') }],
  [false, { query: mutationOf('{ wait: $w }'), variables: { w: false } }],
  [false, { query: mutationOf('{ wait: $w }') }],
  [false, { query: mutationOf('$i'), variables: { i: { wait: false } } }],
  [false, { query: mutationOf('$i'), variables: { i: { metadata: { wait: true }, text: 'wait: true' } } }],
  [false, { query: mutationOf('{ text: "wait: true" }') }],
  [false, { query: mutationOf('null') }],
  [false, { query: mutationOf('{ wait: true }', 'cancel') }],
  [true, { query: 'mutation { call(input: { id: "1" }) { __typename } }' }],
  [true, { query: 'mutation { cancel(input: {}) { done } again: test { done } }' }],
  [false, { query: 'mutation { cancel(input: {}) { call run(input: { wait: true }) { done } } }' }],
  [false, { query: '{ call { done } }' }],
])('asks to wait: %s, of %j', (expected, request) => expect(asksToWait(request)).toBe(expected));

describe('an SDL without @waits', () => {
  test('lets nothing wait', () => {
    const none = readWaits(parse('type Mutation { run(input: RunInput!): Run! } input RunInput { wait: Boolean }'));
    expect(none({ query: mutationOf('{ wait: true }') })).toBe(false);
  });
});
