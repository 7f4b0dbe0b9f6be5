import { createAddressRules, createGuardedHttp } from '@flowmesh/platform/http';
import {
  TWILIO_ACCOUNT,
  startTwilioDouble,
  twilioError,
  type TwilioDouble,
} from '../../testing/doubles/twilio-double.ts';
import { outcomeOf, outgoing } from '../../testing/messages.ts';
import { isSignedByTwilio, smsReport } from './status-callback.ts';
import { createTwilioAdapter } from './twilio.ts';

const http = createGuardedHttp({ rules: createAddressRules(['127.0.0.1']) });
const CALLBACK = 'https://flowmesh.test/services/notification/callbacks/twilio';
const adapter = createTwilioAdapter(http, CALLBACK);
let twilio: TwilioDouble;

const settings = (more: object = {}): Record<string, unknown> => ({
  ...TWILIO_ACCOUNT,
  baseUrl: twilio.url,
  from: '+14155550100',
  messagingServiceSid: null,
  ...more,
});
const options = (deadlineMs = 10_000) => ({ signal: new AbortController().signal, deadlineMs });
const sms = (message: object = {}) => outgoing({ channel: 'SMS', recipient: '+1 (415) 555-2671', ...message });

beforeAll(async () => {
  twilio = await startTwilioDouble();
});

afterAll(async () => {
  await http.close();
  await twilio.stop();
});

it('sends in the form of the API, and says where to report', async () => {
  const message = sms({ text: 'Code 123 & “more”' });
  const outcome = await outcomeOf(adapter.send(message, settings(), options()));
  const taken = twilio.messages.at(-1)!;
  expect(outcome).toEqual({ providerMessageId: taken.sid, delivered: false, response: 'HTTP 201 queued' });
  expect(taken).toEqual({
    sid: expect.stringMatching(/^SM[0-9a-f]{32}$/),
    to: '+14155552671',
    from: '+14155550100',
    messagingServiceSid: null,
    body: 'Code 123 & “more”',
    statusCallback: CALLBACK,
  });
});

it('sends through a messaging service, without a callback when nobody could reach it', async () => {
  const more = { from: null, messagingServiceSid: `MG${'1'.repeat(32)}` };
  const outcome = await outcomeOf(createTwilioAdapter(http, null).send(sms(), settings(more), options()));
  expect(outcome).toMatchObject({ response: 'HTTP 201 accepted' });
  expect(twilio.messages.at(-1)).toMatchObject({
    from: null,
    messagingServiceSid: `MG${'1'.repeat(32)}`,
    statusCallback: null,
  });
});

it.each([
  [{ recipient: '4155552671' }, { code: 'INVALID_RECIPIENT', retryable: false, blame: 'recipient' }],
  [{ text: 'x'.repeat(1_601) }, { code: 'REJECTED', retryable: false, blame: 'recipient' }],
])('message %j', async (message, expected) => {
  expect(await outcomeOf(adapter.send(sms(message), settings(), options()))).toEqual(expected);
});

it('is refused with a wrong token by the service itself, and never says the token', async () => {
  const failure: unknown = await adapter
    .send(sms(), settings({ authToken: 'the wrong secret' }), options())
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'AUTHENTICATION', retryable: true, blame: 'provider' });
  expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toContain('the wrong secret');
});

const byProvider = (code: string, more: object = {}) => ({ code, retryable: true, blame: 'provider', ...more });
const forGood = (code: string, more: object = {}) => ({ code, retryable: false, blame: 'recipient', ...more });

it.each([
  [twilioError(400, 21211, "Invalid 'To' Phone Number"), forGood('INVALID_RECIPIENT')],
  [twilioError(400, 21614, "'To' number is not a valid mobile number"), forGood('INVALID_RECIPIENT')],
  [
    twilioError(400, 21610, 'Attempt to send to unsubscribed recipient'),
    forGood('OPTED_OUT', { disablesRecipient: true }),
  ],
  [twilioError(400, 21606, "The 'From' number is not yours"), byProvider('SENDER_REJECTED')],
  [twilioError(400, 21408, 'Permission to send to this region has not been enabled'), byProvider('CONFIGURATION')],
  [twilioError(400, 99999, 'Something new'), forGood('REJECTED')],
  [twilioError(401, 20003, 'Authenticate'), byProvider('AUTHENTICATION')],
  [{ status: 403, body: 'Forbidden' }, byProvider('AUTHENTICATION')],
  [{ status: 404, body: {} }, byProvider('CONFIGURATION')],
  [
    { ...twilioError(429, 20429, 'Too many requests'), headers: { 'retry-after': '3' } },
    byProvider('RATE_LIMITED', { retryAfterMs: 3_000 }),
  ],
  [{ status: 500, body: {} }, byProvider('UNAVAILABLE')],
  [{ status: 503, body: 'busy', headers: { 'retry-after': '9' } }, byProvider('UNAVAILABLE', { retryAfterMs: 9_000 })],
  [{ status: 302, headers: { location: 'http://169.254.169.254/' } }, byProvider('CONFIGURATION')],
  ['hang', byProvider('TIMEOUT')],
] as const)('answer %j', async (answer, expected) => {
  twilio.answerNext(answer);
  const attempt = adapter.send(sms(), settings(), options(answer === 'hang' ? 200 : undefined));
  expect(await outcomeOf(attempt)).toEqual(expected);
});

it('does not call an address inside the network', async () => {
  const attempt = adapter.send(sms(), settings({ baseUrl: 'http://10.0.0.1' }), options());
  expect(await outcomeOf(attempt)).toEqual(byProvider('BLOCKED_ADDRESS'));
});

describe('reports', () => {
  it.each([
    ['queued', null],
    ['sending', null],
    ['sent', null],
    ['delivered', { status: 'DELIVERED' }],
    ['read', { status: 'DELIVERED' }],
    ['nonsense', null],
  ])('%s', (MessageStatus, expected) => expect(smsReport({ MessageStatus })).toEqual(expected));

  it.each([
    ['30003', 'UNREACHABLE', false],
    ['30005', 'INVALID_RECIPIENT', false],
    ['21610', 'OPTED_OUT', true],
    ['77777', 'UNDELIVERED', false],
    ['', 'UNDELIVERED', false],
    ['1; drop', 'UNDELIVERED', false],
  ])('undelivered with %j', (ErrorCode, code, disablesRecipient) => {
    expect(smsReport({ MessageStatus: 'undelivered', ErrorCode })).toMatchObject({
      status: 'FAILED',
      code,
      disablesRecipient,
    });
  });

  it('are believed only with the signature of the account', async () => {
    // The example of https://www.twilio.com/docs/usage/security.
    const url = 'https://example.com/myapp.php?foo=1&bar=2';
    const fields = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675310',
      Digits: '1234',
      From: '+14158675310',
      To: '+18005551212',
    };
    const signature = 'L/OH5YylLD5NRKLltdqwSvS0BnU=';
    expect(await isSignedByTwilio('12345', signature, url, fields)).toBe(true);
    expect(await isSignedByTwilio('12346', signature, url, fields)).toBe(false);
    expect(await isSignedByTwilio('12345', signature, `${url}&a=b`, fields)).toBe(false);
    expect(await isSignedByTwilio('12345', signature, url, { ...fields, Digits: '1235' })).toBe(false);
    expect(await isSignedByTwilio('12345', undefined, url, fields)).toBe(false);
    expect(await isSignedByTwilio('12345', 'nonsense', url, fields)).toBe(false);
  });
});
