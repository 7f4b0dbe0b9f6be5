import fc from 'fast-check';
import { withoutSubject } from './without-subject.ts';

test.each([
  [{ by: 'ada' }, { by: null }],
  [{ list: ['ada', 'bob', 'ada'] }, { list: [null, 'bob', null] }],
  [{ people: { ada: { age: 4 }, bob: 1 } }, { people: { bob: 1 } }],
  [
    { text: 'ada was here', adam: 'adam', n: 1, no: null },
    { text: 'ada was here', adam: 'adam', n: 1, no: null },
  ],
])('%j without ada is %j', (data, expected) => {
  expect(withoutSubject(data, 'ada')).toEqual(expected);
});

test('nothing is left of the id, nothing else is changed, and data without it is given back as it is', () => {
  const word = fc.constantFrom('ada', 'bob', 'ada ');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      word,
      fc.constantFrom(1, true, null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(word, tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, (data) => {
      const before = JSON.stringify(data);
      const cleaned = withoutSubject(data, 'ada');
      expect(JSON.stringify(cleaned) ?? '').not.toContain('"ada"');
      expect(JSON.stringify(data)).toBe(before);
      expect(withoutSubject(cleaned, 'ada')).toBe(cleaned);
      if (!before.includes('"ada"')) expect(cleaned).toBe(data);
    }),
  );
});
