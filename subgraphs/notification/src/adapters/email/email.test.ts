import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { createAddressRules, createGuardedConnect, createGuardedHttp } from '@flowmesh/platform/http';
import { MAILGUN, startMailgunDouble, type MailgunDouble } from '../../testing/doubles/mailgun-double.ts';
import {
  SENDGRID_KEY,
  sendgridError,
  startSendgridDouble,
  type SendgridDouble,
} from '../../testing/doubles/sendgrid-double.ts';
import { startSmtpDouble, type SmtpDouble } from '../../testing/doubles/smtp-double.ts';
import { outcomeOf, outgoing } from '../../testing/messages.ts';
import type { ChannelAdapter, OutgoingMessage } from '../channel-adapter.ts';
import { createMailgunAdapter } from './mailgun.ts';
import { createSendgridAdapter } from './sendgrid.ts';
import { createSmtpAdapter } from './smtp.ts';

const LOGIN = { user: 'mailer', password: 'a mail password' };
const rules = createAddressRules(['127.0.0.1']);
const http = createGuardedHttp({ rules });
const smtpAdapter = createSmtpAdapter(createGuardedConnect({ rules }));
const replies = new Map<string, string>();
let smtp: SmtpDouble;
let sendgrid: SendgridDouble;
let mailgun: MailgunDouble;

const SENDER = { from: 'Flowmesh <hello@flowmesh.test>', replyTo: 'Support <support@flowmesh.test>' };
const smtpSettings = () => ({
  ...SENDER,
  host: smtp.host,
  port: smtp.port,
  security: 'OPPORTUNISTIC',
  username: LOGIN.user,
  password: LOGIN.password,
});
const sendgridSettings = () => ({ ...SENDER, baseUrl: sendgrid.url, apiKey: SENDGRID_KEY });
const mailgunSettings = () => ({ ...SENDER, baseUrl: mailgun.url, ...MAILGUN });

const options = (deadlineMs = 10_000) => ({ signal: new AbortController().signal, deadlineMs });
const send = (adapter: ChannelAdapter, message: OutgoingMessage, settings: object, deadlineMs?: number) =>
  outcomeOf(adapter.send(message, settings as Record<string, unknown>, options(deadlineMs)));

const mail = (message: Partial<OutgoingMessage> = {}) =>
  outgoing({ channel: 'EMAIL', recipient: 'ada@example.com', subject: 'Grüße — all is well', ...message });

const full = () =>
  mail({
    html: '<p>The <b>build</b> is green.</p>',
    attachments: [
      { fileName: 'übersicht.txt', contentType: 'text/plain', content: Buffer.from('ten tests') },
      { fileName: 'a.bin', contentType: 'application/octet-stream', content: new Uint8Array([0, 255, 10, 13]) },
    ],
    metadata: { email: { headers: { 'X-Team': 'payments' } } },
  });

beforeAll(async () => {
  smtp = await startSmtpDouble({
    login: LOGIN,
    refuse: (to) => replies.get(to) ?? null,
    refuseMessage: ({ mail: { subject } }) => replies.get(subject ?? '') ?? null,
  });
  sendgrid = await startSendgridDouble();
  mailgun = await startMailgunDouble();
});

afterAll(async () => {
  await smtpAdapter.close?.();
  await http.close();
  await Promise.all([smtp.stop(), sendgrid.stop(), mailgun.stop()]);
});

describe('SMTP', () => {
  it('delivers text, HTML and attachments, with an id that is the same on each attempt', async () => {
    const message = full();
    const first = await send(smtpAdapter, message, smtpSettings());
    const second = await send(smtpAdapter, { ...message, attempt: 2 }, smtpSettings());
    const messageId = `<${message.notificationId}@flowmesh.test>`;
    expect(first).toEqual({ providerMessageId: messageId, delivered: true, response: '250 OK: message queued' });
    expect(second).toEqual(first);
    const received = smtp.received.filter((one) => one.mail.messageId === messageId);
    expect(received).toHaveLength(2);
    for (const { to, from, mail: read } of received) {
      expect([to, from]).toEqual([['ada@example.com'], 'hello@flowmesh.test']);
      expect(read.subject).toBe('Grüße — all is well');
      expect(read.from?.text).toBe('"Flowmesh" <hello@flowmesh.test>');
      expect(read.replyTo?.text).toBe('"Support" <support@flowmesh.test>');
      expect([read.text?.trim(), read.html]).toEqual(['The build is green.', '<p>The <b>build</b> is green.</p>']);
      expect(read.date).toEqual(message.createdAt);
      expect(read.headers.get('x-notification-id')).toBe(message.notificationId);
      expect(read.headers.get('auto-submitted')).toBe('auto-generated');
      expect(read.headers.get('x-team')).toBe('payments');
      expect(
        read.attachments.map(({ filename, contentType, content }) => [filename, contentType, [...content]]),
      ).toEqual([
        ['übersicht.txt', 'text/plain', [...Buffer.from('ten tests')]],
        ['a.bin', 'application/octet-stream', [0, 255, 10, 13]],
      ]);
    }
  });

  it.each([
    ['450 4.2.0 Greylisted', { code: 'DEFERRED', retryable: true, blame: 'recipient' }],
    ['452 4.2.2 Mailbox full', { code: 'DEFERRED', retryable: true, blame: 'recipient' }],
    ['550 5.7.1 Not here', { code: 'INVALID_RECIPIENT', retryable: false, blame: 'recipient' }],
    [
      '550 5.1.1 No such user',
      { code: 'INVALID_RECIPIENT', retryable: false, blame: 'recipient', disablesRecipient: true },
    ],
  ])('recipient refused by %j', async (reply, expected) => {
    const recipient = `r${replies.size}@example.com`;
    replies.set(recipient, reply);
    expect(await send(smtpAdapter, mail({ recipient }), smtpSettings())).toEqual(expected);
  });

  it.each([
    ['451 4.3.0 Try again', { code: 'DEFERRED', retryable: true, blame: 'recipient' }],
    ['421 4.3.2 Shutting down', { code: 'UNAVAILABLE', retryable: true, blame: 'provider' }],
    ['554 5.7.1 Looks like spam', { code: 'REJECTED', retryable: false, blame: 'recipient' }],
    ['552 5.3.4 Too big', { code: 'REJECTED', retryable: false, blame: 'recipient' }],
  ])('message refused by %j', async (reply, expected) => {
    const subject = `refused ${replies.size}`;
    replies.set(subject, reply);
    expect(await send(smtpAdapter, mail({ subject }), smtpSettings())).toEqual(expected);
  });

  it('tells a wrong password, a blocked and a closed port, and never says the password', async () => {
    const settings = { ...smtpSettings(), password: 'the wrong secret' };
    const failure = await smtpAdapter.send(mail(), settings, options()).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ code: 'AUTHENTICATION', retryable: true, blame: 'provider' });
    expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toContain('the wrong secret');
    expect(await send(smtpAdapter, mail(), { ...smtpSettings(), host: '127.0.0.2' })).toEqual({
      code: 'BLOCKED_ADDRESS',
      retryable: true,
      blame: 'provider',
    });
    expect(await send(smtpAdapter, mail(), { ...smtpSettings(), port: 1 })).toEqual({
      code: 'CONNECTION',
      retryable: true,
      blame: 'provider',
    });
    expect(await send(smtpAdapter, mail(), { ...smtpSettings(), security: 'STARTTLS' })).toEqual({
      code: 'TLS',
      retryable: true,
      blame: 'provider',
    });
  });

  describe('with a server that says nothing', () => {
    let silent: Server;
    const settings = () => ({ ...smtpSettings(), port: (silent.address() as AddressInfo).port });
    beforeAll(async () => {
      silent = createServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
    });
    afterAll(() => void silent.close());

    it('ends at the deadline, and when it is stopped', async () => {
      const connected = once(silent, 'connection');
      expect(await send(smtpAdapter, mail(), settings(), 200)).toEqual({
        code: 'TIMEOUT',
        retryable: true,
        blame: 'provider',
      });
      await connected;
      const stop = new AbortController();
      const stopped = outcomeOf(smtpAdapter.send(mail(), settings(), { signal: stop.signal, deadlineMs: 10_000 }));
      stop.abort();
      expect(await stopped).toEqual({ code: 'ABORTED', retryable: true, blame: 'recipient' });
    });
  });

  it.each([
    ['a line break in the subject', { subject: 'Hello\r\nBcc: eve@example.com' }, 'INVALID_MESSAGE'],
    ['a second recipient', { recipient: 'ada@example.com, eve@example.com' }, 'INVALID_RECIPIENT'],
    [
      'a line break in the recipient',
      { recipient: 'ada@example.com\r\nRCPT TO:<eve@example.com>' },
      'INVALID_RECIPIENT',
    ],
    ['a header of its own', { metadata: { email: { headers: { Bcc: 'eve@example.com' } } } }, 'INVALID_MESSAGE'],
    [
      'a line break in a header',
      { metadata: { email: { headers: { 'X-A': 'a\r\nBcc: e@example.com' } } } },
      'INVALID_MESSAGE',
    ],
    [
      'a line break in a file name',
      { attachments: [{ fileName: 'a\r\nX: y', contentType: 'text/plain', content: Buffer.from('a') }] },
      'INVALID_MESSAGE',
    ],
    [
      'a line break in a media type',
      { attachments: [{ fileName: 'a', contentType: 'text/plain\r\nX: y', content: Buffer.from('a') }] },
      'INVALID_MESSAGE',
    ],
  ])('refuses %s', async (_what, message, code) => {
    const before = [smtp.received.length, sendgrid.calls.length, mailgun.calls.length];
    const refused = { code, retryable: false, blame: 'recipient' };
    expect(await send(smtpAdapter, mail(message), smtpSettings())).toEqual(refused);
    expect(await send(createSendgridAdapter(http), mail(message), sendgridSettings())).toEqual(refused);
    expect(await send(createMailgunAdapter(http), mail(message), mailgunSettings())).toEqual(refused);
    expect([smtp.received.length, sendgrid.calls.length, mailgun.calls.length]).toEqual(before);
  });
});

describe('SendGrid', () => {
  const adapter = createSendgridAdapter(http);

  it('is given the whole message in its own form', async () => {
    const message = full();
    expect(await send(adapter, message, sendgridSettings())).toEqual({
      providerMessageId: `sg-${sendgrid.mails.length}`,
      delivered: true,
      response: 'HTTP 202',
    });
    expect(sendgrid.mails.at(-1)).toEqual({
      personalizations: [
        { to: [{ email: 'ada@example.com' }], custom_args: { notification_id: message.notificationId } },
      ],
      from: { email: 'hello@flowmesh.test', name: 'Flowmesh' },
      reply_to: { email: 'support@flowmesh.test', name: 'Support' },
      subject: 'Grüße — all is well',
      content: [
        { type: 'text/plain', value: 'The build is green.' },
        { type: 'text/html', value: '<p>The <b>build</b> is green.</p>' },
      ],
      headers: {
        'X-Notification-Id': message.notificationId,
        'Auto-Submitted': 'auto-generated',
        'X-Team': 'payments',
        'Message-ID': `<${message.notificationId}@flowmesh.test>`,
      },
      attachments: [
        { filename: 'übersicht.txt', type: 'text/plain', content: 'dGVuIHRlc3Rz', disposition: 'attachment' },
        { filename: 'a.bin', type: 'application/octet-stream', content: 'AP8KDQ==', disposition: 'attachment' },
      ],
    });
  });

  it.each([
    [
      sendgridError(400, 'Does not contain a valid address.', 'personalizations.0.to.0.email'),
      { code: 'INVALID_RECIPIENT', retryable: false, blame: 'recipient' },
    ],
    [
      sendgridError(400, 'The from address does not match a verified Sender Identity.', 'from'),
      { code: 'SENDER_REJECTED', retryable: true, blame: 'provider' },
    ],
    [sendgridError(400, 'Bad Request'), { code: 'REJECTED', retryable: false, blame: 'recipient' }],
    [
      sendgridError(401, 'Permission denied, wrong credentials'),
      { code: 'AUTHENTICATION', retryable: true, blame: 'provider' },
    ],
    [sendgridError(403, 'access forbidden'), { code: 'AUTHENTICATION', retryable: true, blame: 'provider' }],
    [sendgridError(413, 'The payload is too large'), { code: 'TOO_LARGE', retryable: false, blame: 'recipient' }],
    [
      sendgridError(429, 'too many requests', null, { 'retry-after': '7' }),
      { code: 'RATE_LIMITED', retryable: true, blame: 'provider', retryAfterMs: 7_000 },
    ],
    [
      sendgridError(429, 'too many requests', null, { 'x-ratelimit-reset': '1' }),
      { code: 'RATE_LIMITED', retryable: true, blame: 'provider', retryAfterMs: 0 },
    ],
    [sendgridError(500, 'oops'), { code: 'UNAVAILABLE', retryable: true, blame: 'provider' }],
    [
      { status: 503, body: 'upstream', headers: { 'retry-after': '30' } },
      { code: 'UNAVAILABLE', retryable: true, blame: 'provider', retryAfterMs: 30_000 },
    ],
    [
      { status: 302, headers: { location: 'http://169.254.169.254/' } },
      { code: 'CONFIGURATION', retryable: true, blame: 'provider' },
    ],
    ['hang', { code: 'TIMEOUT', retryable: true, blame: 'provider' }],
  ] as const)('answer %j', async (answer, expected) => {
    sendgrid.answerNext(answer);
    expect(await send(adapter, mail(), sendgridSettings(), answer === 'hang' ? 200 : undefined)).toEqual(expected);
  });

  it('is refused with a wrong key by the service itself', async () => {
    expect(await send(adapter, mail(), { ...sendgridSettings(), apiKey: 'SG.wrong' })).toEqual({
      code: 'AUTHENTICATION',
      retryable: true,
      blame: 'provider',
    });
  });
});

describe('Mailgun', () => {
  const adapter = createMailgunAdapter(http);

  it('is given the message that nodemailer has composed', async () => {
    const message = full();
    const messageId = `<${message.notificationId}@flowmesh.test>`;
    expect(await send(adapter, message, mailgunSettings())).toEqual({
      providerMessageId: messageId,
      delivered: true,
      response: 'HTTP 200 Queued. Thank you.',
    });
    const { to, notificationId, mail: read } = mailgun.mails.at(-1)!;
    expect([to, notificationId]).toEqual(['ada@example.com', message.notificationId]);
    expect([read.messageId, read.subject, read.text?.trim(), read.html]).toEqual([
      messageId,
      'Grüße — all is well',
      'The build is green.',
      '<p>The <b>build</b> is green.</p>',
    ]);
    expect(read.attachments.map(({ filename, content }) => [filename, [...content]])).toEqual([
      ['übersicht.txt', [...Buffer.from('ten tests')]],
      ['a.bin', [0, 255, 10, 13]],
    ]);
  });

  it.each([
    [
      { status: 400, body: { message: "'to' parameter is not a valid address. please check documentation" } },
      { code: 'INVALID_RECIPIENT', retryable: false, blame: 'recipient' },
    ],
    [
      { status: 400, body: { message: "'from' parameter is not a valid address" } },
      { code: 'SENDER_REJECTED', retryable: true, blame: 'provider' },
    ],
    [
      { status: 400, body: { message: 'something else' } },
      { code: 'REJECTED', retryable: false, blame: 'recipient' },
    ],
    [
      { status: 401, body: 'Forbidden' },
      { code: 'AUTHENTICATION', retryable: true, blame: 'provider' },
    ],
    [
      { status: 402, body: { message: 'no credit' } },
      { code: 'CONFIGURATION', retryable: true, blame: 'provider' },
    ],
    [
      { status: 413, body: 'Request Entity Too Large' },
      { code: 'TOO_LARGE', retryable: false, blame: 'recipient' },
    ],
    [
      { status: 429, headers: { 'retry-after': '2' } },
      { code: 'RATE_LIMITED', retryable: true, blame: 'provider', retryAfterMs: 2_000 },
    ],
    [
      { status: 502, body: 'Bad Gateway' },
      { code: 'UNAVAILABLE', retryable: true, blame: 'provider' },
    ],
  ])('answer %j', async (answer, expected) => {
    mailgun.answerNext(answer);
    expect(await send(adapter, mail(), mailgunSettings())).toEqual(expected);
  });

  it('is refused with a wrong key or domain by the service itself', async () => {
    const settings = mailgunSettings();
    expect(await send(adapter, mail(), { ...settings, apiKey: 'key-wrong' })).toMatchObject({ code: 'AUTHENTICATION' });
    expect(await send(adapter, mail(), { ...settings, domain: 'other.test' })).toMatchObject({ code: 'CONFIGURATION' });
  });
});
