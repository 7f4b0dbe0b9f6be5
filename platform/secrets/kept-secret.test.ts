import fc from 'fast-check';
import { keptSecret, type Destination } from './index.ts';

const AGAIN = { value: undefined, problem: 'must be given again, because it would go to another address or account' };
const KEPT = { value: 'stored', problem: null };

describe('a secret that is not given again', () => {
  const after = (from: Destination | null, to: Destination) =>
    keptSecret({ given: undefined, before: 'stored', from, to });

  test.each<[Destination, Destination]>([
    [['https://a.example/v1'], ['https://a.example/v1']],
    [['https://a.example/v1'], ['HTTPS://A.Example:443/v1/']],
    [['https://a.example'], ['https://a.example/#part']],
    [
      ['mail.example', 587, null],
      ['mail.example', 587, undefined],
    ],
  ])('stays for %j and %j, which are one place', (from, to) => expect(after(from, to)).toEqual(KEPT));

  test.each<[Destination | null, Destination]>([
    [['https://a.example/'], ['https://b.example/']],
    [['https://a.example/'], ['https://a.example.b.example/']],
    [['https://a.example/'], ['https://a.example@b.example/']],
    [['https://a.example/'], ['https://sub.a.example/']],
    [['https://a.example/'], ['http://a.example/']],
    [['https://a.example/'], ['https://a.example:8443/']],
    [['https://a.example/mine'], ['https://a.example/yours']],
    [['https://a.example/?to=mine'], ['https://a.example/?to=yours']],
    [
      ['https://a.example/', 'AC1'],
      ['https://a.example/', 'AC2'],
    ],
    [
      ['mail.example', 465],
      ['mail.example', 25],
    ],
    [['https://a.example/'], [null]],
    [['https://a.example/'], ['https://a.example/', 'more']],
    [null, ['https://a.example/']],
  ])('does not go from %j to %j', (from, to) => expect(after(from, to)).toEqual(AGAIN));

  test('never goes to another origin', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), fc.webUrl({ withQueryParameters: true }), (from, to) => {
        fc.pre(new URL(from).origin !== new URL(to).origin);
        expect(after([from], [to])).toEqual(AGAIN);
      }),
    );
  });
});

test('a secret that is given goes where it is given for, and null removes it', () => {
  const change = { before: 'stored', from: ['https://a.example'], to: ['https://b.example'] };
  expect(keptSecret({ ...change, given: 'new' })).toEqual({ value: 'new', problem: null });
  expect(keptSecret({ ...change, given: null })).toEqual({ value: undefined, problem: null });
  expect(keptSecret({ ...change, given: undefined, before: undefined })).toEqual({ value: undefined, problem: null });
});
