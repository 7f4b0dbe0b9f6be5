import fc from 'fast-check';
import { createPatch } from 'rfc6902';
import type { PatchStep } from './layer-input.ts';
import { patchData, PatchProblem } from './patch-data.ts';

const data = () => ({ list: [1, 2, 3], text: 'abc', none: null, constructor: { name: 'x' } });

test.each<[PatchStep, string]>([
  [{ op: 'REMOVE', path: '/nothing' }, 'there is nothing at "/nothing" for REMOVE'],
  [{ op: 'REPLACE', path: '/list/3', value: 1 }, 'there is nothing at "/list/3" for REPLACE'],
  [{ op: 'REPLACE', path: '/list/01', value: 1 }, 'there is nothing at "/list/01" for REPLACE'],
  [{ op: 'REMOVE', path: '/list/length' }, 'there is nothing at "/list/length" for REMOVE'],
  [{ op: 'REMOVE', path: '/list/map' }, 'there is nothing at "/list/map" for REMOVE'],
  [{ op: 'REPLACE', path: '/list/-', value: 1 }, 'there is nothing at "/list/-" for REPLACE'],
  [{ op: 'ADD', path: '/list/4', value: 1 }, 'ADD cannot be done at "/list/4"'],
  [{ op: 'ADD', path: '/list/x', value: 1 }, 'ADD cannot be done at "/list/x"'],
  [{ op: 'ADD', path: '/nothing/x', value: 1 }, 'ADD cannot be done at "/nothing/x"'],
  [{ op: 'ADD', path: '/text/x', value: 1 }, 'ADD cannot be done at "/text/x"'],
  [{ op: 'ADD', path: '/none/x', value: 1 }, 'ADD cannot be done at "/none/x"'],
  [{ op: 'ADD', path: '', value: [] }, 'ADD cannot be done at "": the data is an object as a whole'],
  [{ op: 'REPLACE', path: '', value: 'x' }, 'REPLACE cannot be done at "": the data is an object as a whole'],
  [{ op: 'COPY', from: '/list', path: '' }, 'COPY cannot be done at "": the data is an object as a whole'],
  [{ op: 'REMOVE', path: '' }, 'REMOVE cannot be done at "": the data is an object as a whole'],
  [{ op: 'REPLACE', path: '/text/0', value: 'z' }, 'there is nothing at "/text/0" for REPLACE'],
  [{ op: 'COPY', from: '/text/length', path: '/x' }, 'there is nothing at "/text/length" for COPY'],
  [{ op: 'COPY', from: '/toString', path: '/x' }, 'there is nothing at "/toString" for COPY'],
  [{ op: 'MOVE', from: '/list', path: '/list/0' }, 'MOVE cannot be done at "/list/0"'],
  [{ op: 'MOVE', from: '/nothing', path: '/x' }, 'there is nothing at "/nothing" for MOVE'],
  [{ op: 'TEST', path: '/list', value: [1, 2] }, 'the value at "/list" is not the one given'],
  [{ op: 'TEST', path: '/nothing', value: null }, 'there is nothing at "/nothing" for TEST'],
  ...['/__proto__', '/__proto__/x', '/constructor', '/constructor/prototype/x'].map((path): [PatchStep, string] => [
    { op: 'ADD', path, value: { x: 1 } },
    'keys called constructor, prototype or __proto__ are not reached by patches: use `mergePatch` or `data`',
  ]),
])('%j is told why it is not done', async (step, message) => {
  expect(await patchData(data(), [{ op: 'TEST', path: '/text', value: 'abc' }, step])).toEqual(
    new PatchProblem(1, message),
  );
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

/** RFC 6902, appendix A, where the target is an object. */
test.each<[object, PatchStep[], object]>([
  [{ foo: 'bar' }, [{ op: 'ADD', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
  [{ foo: ['bar', 'baz'] }, [{ op: 'ADD', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
  [{ baz: 'qux', foo: 'bar' }, [{ op: 'REMOVE', path: '/baz' }], { foo: 'bar' }],
  [{ foo: ['bar', 'qux', 'baz'] }, [{ op: 'REMOVE', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
  [{ baz: 'qux' }, [{ op: 'REPLACE', path: '/baz', value: 'boo' }], { baz: 'boo' }],
  [{ foo: { bar: 1 }, qux: {} }, [{ op: 'MOVE', from: '/foo/bar', path: '/qux/thud' }], { foo: {}, qux: { thud: 1 } }],
  [{ foo: [1, 2, 3, 4] }, [{ op: 'MOVE', from: '/foo/1', path: '/foo/3' }], { foo: [1, 3, 4, 2] }],
  [{ foo: ['bar'] }, [{ op: 'ADD', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
  [{ '/': 9, '~1': 10 }, [{ op: 'TEST', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
  [{ a: 1 }, [{ op: 'COPY', from: '', path: '/b' }], { a: 1, b: { a: 1 } }],
  [
    { a: 1 },
    [
      { op: 'REPLACE', path: '', value: { b: 2 } },
      { op: 'ADD', path: '/c', value: 3 },
    ],
    { b: 2, c: 3 },
  ],
  [{ a: 1 }, [{ op: 'ADD', path: '', value: {} }], {}],
  [
    { a: { b: 1 } },
    [
      { op: 'MOVE', from: '/a', path: '' },
      { op: 'TEST', path: '', value: { b: 1 } },
    ],
    { b: 1 },
  ],
])('%j with %j is %j', async (before, steps, after) => {
  expect(await patchData(before as Record<string, unknown>, steps)).toEqual(after);
});

test('the difference of two values makes one of the other', async () => {
  const key = fc.constantFrom('a', 'b', '/', '~', '', '0', '-', 'toString', 'length');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(0, 1, '', 'x', null, true),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    ),
  }));
  const object = fc.dictionary(key, value, { maxKeys: 4 });
  await fc.assert(
    fc.asyncProperty(object, object, async (before, after) => {
      const steps = createPatch(before, after).map((step) => ({ ...step, op: step.op.toUpperCase() }) as PatchStep);
      expect(await patchData(before, steps)).toEqual(after);
    }),
  );
});
