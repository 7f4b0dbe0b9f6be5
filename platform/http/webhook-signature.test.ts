import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { newWebhookSecret, webhookHeaders, webhookSecretProblem } from './index.ts';

const body = '{"hello":"wörld"}';

test('each secret signs, and the reference library accepts either', () => {
  const [old, fresh, other] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()];
  const headers = webhookHeaders([fresh, old], 'msg_1', body);
  expect(headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/);
  expect(new Webhook(fresh).verify(body, headers)).toEqual({ hello: 'wörld' });
  expect(new Webhook(old).verify(body, headers)).toEqual({ hello: 'wörld' });
  expect(() => new Webhook(other).verify(body, headers)).toThrow('No matching signature found');
  expect(() => new Webhook(fresh).verify(`${body} `, headers)).toThrow('No matching signature found');
});

/** As written in the specification of Standard Webhooks. */
const EXAMPLE = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  time: new Date(1_614_265_330_000),
  body: '{"test": 2432232314}',
};

test.each([
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
  // 16 bytes, with and without the padding.
  ['whsec_AAECAwQFBgcICQoLDA0ODw==', 'v1,YA6MmMhwztQQnjVT5s7VnIJrrIpIRYrxFLdJ8TxT/KM='],
  ['whsec_AAECAwQFBgcICQoLDA0ODw', 'v1,YA6MmMhwztQQnjVT5s7VnIJrrIpIRYrxFLdJ8TxT/KM='],
  ['sixteen letters!', 'v1,OvNNIv5sripwVbt+tIB1IHXP9C7So+52fHbr4dwoDCM='],
  ['schlüssel, kein base64', 'v1,1OOLdQ8reJzLBm0RvaBoAXVDQv0OMKwH8rvUCgo/90A='],
])('the signature with %s stays what it is', (secret, signature) => {
  const { id, time, body: text } = EXAMPLE;
  expect(webhookSecretProblem(secret)).toBeNull();
  expect(webhookHeaders(secret, id, text, time)['webhook-signature']).toBe(signature);
});

test('signs by the bytes of the key, whatever is signed', () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 512 });
  const inBase64 = fc.tuple(bytes, fc.boolean()).map(([key, padded]) => {
    const text = Buffer.from(key).toString('base64');
    return { secret: `whsec_${padded ? text : text.replace(/=+$/, '')}`, key };
  });
  const asText = fc
    .string({ unit: 'binary', minLength: 16, maxLength: 256 })
    .filter((secret) => !secret.startsWith('whsec_'))
    .map((secret) => ({ secret, key: Buffer.from(secret) }));
  const text = fc.string({ unit: 'binary' });
  const seconds = fc.nat(4_000_000_000);
  fc.assert(
    fc.property(fc.oneof(inBase64, asText), text, text, seconds, ({ secret, key }, id, payload, time) => {
      const digest = createHmac('sha256', key).update(`${id}.${time}.${payload}`).digest('base64');
      expect(webhookHeaders(secret, id, payload, new Date(time * 1_000 + 999))).toEqual({
        'webhook-id': id,
        'webhook-timestamp': String(time),
        'webhook-signature': `v1,${digest}`,
      });
    }),
    { numRuns: 500 },
  );
});

test('signs as the reference library does', () => {
  const secret = newWebhookSecret();
  const now = new Date(1_700_000_000_999);
  expect(webhookHeaders(secret, 'msg_1', body, now)).toEqual({
    'webhook-id': 'msg_1',
    'webhook-timestamp': '1700000000',
    'webhook-signature': new Webhook(secret).sign('msg_1', now, body),
  });
});

test.each([
  [newWebhookSecret(), null],
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', null],
  ['sixteen letters!', null],
  ['too short', 'must have 16 to 512 characters'],
  ['x'.repeat(513), 'must have 16 to 512 characters'],
  ['whsec_c2hvcnQ=', 'must be `whsec_` and 16 to 512 bytes in base64'],
  ['whsec_not base64 at all, but long enough', 'must be `whsec_` and 16 to 512 bytes in base64'],
])('secret %s: %s', (secret, problem) => expect(webhookSecretProblem(secret)).toBe(problem));
