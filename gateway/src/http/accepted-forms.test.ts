import { OperationTypeNode } from 'graphql';
import fc from 'fast-check';
import { HttpRefusal } from '../operations/refusal.ts';
import { acceptedForms } from './accepted-forms.ts';

const token = fc.constantFrom(
  'text',
  'application',
  'multipart',
  '*',
  'json',
  'event-stream',
  'mixed',
  '',
  'q',
  '=',
  ';',
  '"',
);
const garbage = fc.oneof(
  fc.string({ unit: 'binary-ascii' }),
  fc.array(token).map((tokens) => tokens.join('')),
  fc
    .array(fc.tuple(token, token, fc.constantFrom('', ';q=0', ';q=1', ';q=x', ';q=0.001', ';a="', ';charset=utf-8')))
    .map((types) => types.map(([type, subtype, parameters]) => `${type}/${subtype}${parameters}`).join(',')),
);

test('whatever stands in the header: a form, or 406; never a stream for who has not named it', () => {
  fc.assert(
    fc.property(garbage, fc.constantFrom(...Object.values(OperationTypeNode)), (accept, kind) => {
      const accepted = acceptedForms(accept);
      expect(accepted.jsonType).toMatch(/^application\/(graphql-response\+)?json; charset=utf-8$/);
      try {
        const form = accepted.formFor(kind);
        if (form === 'json') expect(kind).not.toBe('subscription');
        else expect(accept).toMatch(form === 'event-stream' ? /text\/event-stream/i : /multipart\/mixed/i);
      } catch (error) {
        expect(error).toBeInstanceOf(HttpRefusal);
        expect((error as HttpRefusal).status).toBe(406);
      }
    }),
    { numRuns: 2_000 },
  );
});
