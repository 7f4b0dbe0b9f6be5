import fc from 'fast-check';
import Stripe from 'stripe';
import { WEBHOOK_SCHEMES } from './webhook-schemes.ts';

const NOW = new Date('2026-11-30T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const stripe = new Stripe('sk_test_of_nothing', { telemetry: false });

const isGoodForUs = (header: string, body: string, secret: string): boolean => {
  const report = { headers: { 'stripe-signature': header }, bytes: Buffer.from(body) };
  return (
    WEBHOOK_SCHEMES.STRIPE(report, secret, { scheme: 'STRIPE', header: '', prefix: '', encoding: 'HEX' }, NOW) !== null
  );
};
const isGoodForStripe = (header: string, body: string, secret: string): boolean => {
  try {
    return stripe.webhooks.signature?.verifyHeader(body, header, secret, 300, undefined, NOW.getTime()) ?? false;
  } catch {
    return false;
  }
};

test('signatures are good here that are good for Stripe’s own library, and no others', () => {
  const text = fc.string({ minLength: 1, maxLength: 50 });
  const key = fc.stringMatching(/^whsec_[A-Za-z0-9]{1,30}$/);
  const given = fc.record({
    body: text,
    changed: fc.option(text, { freq: 1 }),
    secret: key,
    other: fc.option(key, { freq: 1 }),
    age: fc.integer({ min: -300, max: 400 }),
    between: fc.constantFrom('', ',v0=00', ',v1=00', ',x', ',v1=zz'),
    first: fc.boolean(),
  });
  let good = 0;
  fc.assert(
    fc.property(given, ({ body, changed, secret, other, age, between, first }) => {
      const timestamp = SECONDS - age;
      const signed = stripe.webhooks.generateTestHeaderString({ payload: body, secret: other ?? secret, timestamp });
      const [time = '', signature = ''] = signed.split(',');
      const header = first ? `${time}${between},${signature}` : `${signed}${between}`;
      const arrived = changed ?? body;
      const expected = isGoodForStripe(header, arrived, secret);
      good += Number(expected);
      expect(isGoodForUs(header, arrived, secret)).toBe(expected);
    }),
    { numRuns: 1_000 },
  );
  expect(good).toBeGreaterThan(50);
});
