import { buildSchema, parse } from 'graphql';
import { inputDefaults } from './input-defaults.ts';

test('fields left out of a variable get their defaults, at every depth, and given ones stay', () => {
  const schema = buildSchema(`
    input Inner { size: Int! = 3 note: String }
    input Outer { force: Boolean! = false inner: Inner list: [Inner!] }
    type Query { field(input: Outer!, plain: Int): Int }
  `);
  const fill = inputDefaults(
    schema,
    parse('query Q($input: Outer!, $plain: Int) { field(input: $input, plain: $plain) }'),
  );
  expect(fill({ input: { inner: {}, list: [{ size: 7 }, {}] } })).toEqual({
    input: { force: false, inner: { size: 3 }, list: [{ size: 7 }, { size: 3 }] },
  });
  expect(fill({ input: { force: null, inner: null }, plain: 1 })).toEqual({
    input: { force: null, inner: null },
    plain: 1,
  });
  expect(fill({ input: 'not an object' })).toEqual({ input: 'not an object' });
  expect(fill(undefined)).toEqual({});
});
