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
