import fc from 'fast-check';
import { buildRequest } from './http-request.ts';
import type { HttpParameter, ParameterStyle } from './http-parameters.ts';
import { headerText, pathText, queryText } from './http-parameters.ts';

const ARRAY = ['blue', 'black', 'brown'];
const OBJECT = { R: 100, G: 200, B: 150 };
const query = (style: ParameterStyle, explode: boolean, value: unknown) =>
  queryText({ in: 'QUERY', name: 'color', field: 'color', style, explode }, value);

// The table “Style Examples” of OpenAPI 3.1.1, where it is defined.
test.each([
  ['FORM', true, 'blue', 'color=blue'],
  ['FORM', true, ARRAY, 'color=blue&color=black&color=brown'],
  ['FORM', true, OBJECT, 'R=100&G=200&B=150'],
  ['FORM', false, 'blue', 'color=blue'],
  ['FORM', false, ARRAY, 'color=blue,black,brown'],
  ['FORM', false, OBJECT, 'color=R,100,G,200,B,150'],
  ['SPACE_DELIMITED', false, ARRAY, 'color=blue%20black%20brown'],
  ['SPACE_DELIMITED', false, OBJECT, 'color=R%20100%20G%20200%20B%20150'],
  ['PIPE_DELIMITED', false, ARRAY, 'color=blue%7Cblack%7Cbrown'],
  ['PIPE_DELIMITED', false, OBJECT, 'color=R%7C100%7CG%7C200%7CB%7C150'],
  ['DEEP_OBJECT', true, OBJECT, 'color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150'],
] as const)('a query parameter in the style %s, explode %s, of %j', (style, explode, value, text) => {
  expect(query(style, explode, value)).toEqual({ value: text });
});

test.each([
  [false, 'blue', 'blue'],
  [false, ARRAY, 'blue,black,brown'],
  [true, ARRAY, 'blue,black,brown'],
  [false, OBJECT, 'R,100,G,200,B,150'],
  [true, OBJECT, 'R=100,G=200,B=150'],
])('in the path and in headers, explode %s, of %j', (explode, value, text) => {
  expect(pathText(value, explode)).toEqual({ value: text });
  expect(headerText('x-color', value, explode)).toEqual({ value: text });
});

test('what has no such form is refused', () => {
  const shape = 'must be a text, a number, a boolean, or a list or an object of them';
  expect(query('FORM', true, [[1]])).toEqual({ problem: shape });
  expect(query('DEEP_OBJECT', true, { a: { b: 1 } })).toEqual({ problem: shape });
  expect(query('DEEP_OBJECT', true, [1])).toEqual({ problem: 'must be an object' });
  expect(pathText(['..'], false)).toEqual({ problem: 'must not be a step in the path' });
  expect(pathText([], false)).toEqual({ problem: 'must not be empty, as it is a part of the path' });
  expect(pathText([1], null)).toEqual({
    problem: 'must be a text, a number or a boolean, as it is a part of the path',
  });
  expect(query('FORM', false, [])).toEqual({ value: '' });
});

test('whatever the value, it stays the value of its own parameter', () => {
  const parameters: HttpParameter[] = [
    { in: 'PATH', name: 'id', field: 'id', style: 'SIMPLE', explode: false },
    { in: 'QUERY', name: 'list', field: 'list', style: 'FORM', explode: true },
    { in: 'QUERY', name: 'deep', field: 'deep', style: 'DEEP_OBJECT', explode: true },
  ];
  const shape = { method: 'GET', path: '/a/{id}/b', query: [], headers: [], body: null, parameters } as const;
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((id) => id !== '.' && id !== '..');
  fc.assert(
    fc.property(text, fc.array(fc.string({ unit: 'grapheme' })), text, text, (id, list, key, inner) => {
      const { url } = buildRequest('https://api.example/v1', shape, { id, list, deep: { [key]: inner } });
      expect(url.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'v1', 'a', id, 'b']);
      expect([...url.searchParams]).toEqual([...list.map((each) => ['list', each]), [`deep[${key}]`, inner]]);
      expect(url.hash).toBe('');
    }),
  );
});
