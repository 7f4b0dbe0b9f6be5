import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';

const owner = userOf('owner');
const KEY = 'the-key-of-the-provider';
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
}, 60_000);
afterAll(() => integrations.stop(), 30_000);

const register = (provider: object, credentials: object = {}): Promise<string> =>
  registered(one, owner, {
    type: 'EMAIL',
    configuration: { provider, from: 'robot@example.org', fromName: 'Robot "R"' },
    credentials,
    policy: { retry: { maxAttempts: 1 } },
  });
const send = (id: string, more: object = {}): Promise<Result> =>
  mutate(one, owner, 'invokeIntegration', {
    id,
    operation: 'send',
    idempotencyKey: 'key-1',
    input: { to: ['ada@example.com'], subject: 'Grüße', text: 'Hello', ...more },
  });
const WHOLE = {
  cc: ['bob@example.com'],
  bcc: ['eve@example.com'],
  replyTo: 'answers@example.org',
  headers: { 'X-Team': 'red', 'List-Unsubscribe': '<https://example.org/u>' },
  html: '<b>Hello</b>',
  attachments: [{ fileName: 'a.txt', contentType: 'text/plain', content: Buffer.from('attached').toString('base64') }],
};

describe('a mail server', () => {
  const mails: { readonly to: string[]; readonly mail: ParsedMail }[] = [];
  let server: SMTPServer;
  let refusal: (Error & { responseCode: number }) | null = null;
  let port: number;

  beforeAll(async () => {
    server = new SMTPServer({
      authOptional: true,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _session, done) =>
        username === 'ada' && password === 'open sesame' ? done(null, { user: 'ada' }) : done(new Error('no')),
      onRcptTo: (_address, _session, done) => done(refusal),
      onData(stream, { envelope }, done) {
        void simpleParser(stream).then((mail) => {
          mails.push({ to: envelope.rcptTo.map(({ address }) => address), mail });
          done();
        });
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    ({ port } = server.server.address() as AddressInfo);
  });
  beforeEach(() => {
    mails.length = 0;
    refusal = null;
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const smtp = (more: object = {}) => ({ type: 'SMTP', host: '127.0.0.1', port, security: 'NONE', ...more });

  test('gets the message, whole, from whom the configuration says', async () => {
    const id = await register(smtp({ username: 'ada' }), { password: 'open sesame' });
    expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
    expect((await send(id, WHOLE)).output).toEqual({ messageId: '<key-1@example.org>' });
    const [{ to, mail } = { to: [], mail: {} as ParsedMail }] = mails;
    expect(to).toEqual(['ada@example.com', 'bob@example.com', 'eve@example.com']);
    expect(mail.from?.value).toEqual([{ name: 'Robot "R"', address: 'robot@example.org' }]);
    expect([mail.subject, mail.text?.trim(), mail.html, mail.messageId]).toEqual([
      'Grüße',
      'Hello',
      '<b>Hello</b>',
      '<key-1@example.org>',
    ]);
    expect(mail.replyTo?.value.map(({ address }) => address)).toEqual(['answers@example.org']);
    expect([mail.headers.get('x-team'), mail.headers.get('list')]).toEqual([
      'red',
      { unsubscribe: { url: 'https://example.org/u' } },
    ]);
    expect(mail.bcc).toBeUndefined();
    expect(mail.attachments.map(({ filename, content }) => [filename, content.toString()])).toEqual([
      ['a.txt', 'attached'],
    ]);
  });

  test('what is no message is told by its path, and not sent', async () => {
    const id = await register(smtp());
    const refused = await send(id, { to: ['nobody'], replyTo: 'x', subject: 'a\r\nBcc: eve@example.com', text: 'x' });
    const header = await send(id, { headers: { Bcc: 'eve@example.com' } });
    expect(new Set(header.fields?.map(({ path }) => path))).toEqual(new Set(['input.headers']));
    expect(refused.fields?.map(({ path }) => path).sort()).toEqual(['input.replyTo', 'input.subject', 'input.to.0']);
    expect(mails).toEqual([]);
  });

  test('refusals: of the login, for now, and for good', async () => {
    const wrong = await register(smtp({ username: 'ada' }), { password: 'something else' });
    expect(await send(wrong)).toMatchObject({ code: 'AUTHENTICATION', retryable: false });
    const id = await register(smtp());
    refusal = Object.assign(new Error('try later'), { responseCode: 451 });
    expect(await send(id)).toMatchObject({ code: 'SMTP', retryable: true });
    refusal = Object.assign(new Error('no such user'), { responseCode: 550 });
    expect(await send(id)).toMatchObject({ code: 'SMTP', retryable: false });
  });

  test('encryption is not given up, and servers inside the network are not reached', async () => {
    const encrypted = await register(smtp({ security: 'STARTTLS' }));
    expect(await send(encrypted)).toMatchObject({ code: 'CONNECTION' });
    const configuration = { provider: smtp({ host: '10.0.0.1' }), from: 'robot@example.org' };
    const inside = { name: 'inside', type: 'EMAIL', configuration };
    expect((await mutate(one, owner, 'registerIntegration', inside)).fields?.map(({ path }) => path)).toEqual([
      'configuration.provider.host',
    ]);
    expect(mails).toEqual([]);
  });
});

describe('a provider that is reached by HTTP', () => {
  test('SendGrid gets what its Mail Send API asks for', async () => {
    const sendgrid = await HttpDouble.start(({ method, path, headers, body }, response) => {
      if (headers.authorization !== `Bearer ${KEY}`) return sendJson(response, { errors: [{ message: 'no' }] }, 401);
      if (method === 'GET' && path === '/v3/scopes') return sendJson(response, { scopes: ['mail.send'] });
      const { personalizations, from, content } = JSON.parse(body) as Record<string, unknown>;
      const complete = method === 'POST' && path === '/v3/mail/send' && personalizations && from && content;
      response.writeHead(complete ? 202 : 400, { 'x-message-id': 'sg-1' }).end();
    });
    const id = await register({ type: 'SENDGRID', baseUrl: sendgrid.url }, { apiKey: KEY });
    expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
    expect((await send(id, WHOLE)).output).toEqual({ messageId: 'sg-1' });
    expect(JSON.parse(sendgrid.calls[1]!.body)).toEqual({
      personalizations: [
        { to: [{ email: 'ada@example.com' }], cc: [{ email: 'bob@example.com' }], bcc: [{ email: 'eve@example.com' }] },
      ],
      from: { email: 'robot@example.org', name: 'Robot "R"' },
      reply_to: { email: 'answers@example.org' },
      subject: 'Grüße',
      headers: WHOLE.headers,
      content: [
        { type: 'text/plain', value: 'Hello' },
        { type: 'text/html', value: '<b>Hello</b>' },
      ],
      attachments: [{ filename: 'a.txt', type: 'text/plain', content: 'YXR0YWNoZWQ=', disposition: 'attachment' }],
    });
    const wrong = await register({ type: 'SENDGRID', baseUrl: sendgrid.url }, { apiKey: 'another key' });
    expect(await mutate(one, owner, 'testIntegration', { id: wrong })).toMatchObject({ test: { succeeded: false } });
    expect(await send(wrong)).toMatchObject({ code: 'HTTP_STATUS', retryable: false });
    await sendgrid.stop();
  });

  test('Mailgun gets what its Messages API asks for', async () => {
    const mailgun = await HttpDouble.start(({ path, headers }, response) => {
      const expected = `Basic ${Buffer.from(`api:${KEY}`).toString('base64')}`;
      if (headers.authorization !== expected) return sendJson(response, { message: 'Forbidden' }, 401);
      if (path === '/v3/domains/mg.example.org') return sendJson(response, { domain: { state: 'active' } });
      sendJson(response, { id: '<mg-1@mg.example.org>', message: 'Queued. Thank you.' });
    });
    const id = await register({ type: 'MAILGUN', domain: 'mg.example.org', baseUrl: mailgun.url }, { apiKey: KEY });
    expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
    expect((await send(id, WHOLE)).output).toEqual({ messageId: '<mg-1@mg.example.org>' });
    const { path, headers, bytes } = mailgun.calls[1]!;
    const form = await new Response(new Uint8Array(bytes), {
      headers: { 'content-type': String(headers['content-type']) },
    }).formData();
    const texts = Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'));
    expect([path, texts]).toEqual([
      '/v3/mg.example.org/messages',
      {
        from: '"Robot \\"R\\"" <robot@example.org>',
        to: 'ada@example.com',
        cc: 'bob@example.com',
        bcc: 'eve@example.com',
        'h:Reply-To': 'answers@example.org',
        'h:X-Team': 'red',
        'h:List-Unsubscribe': '<https://example.org/u>',
        subject: 'Grüße',
        text: 'Hello',
        html: '<b>Hello</b>',
      },
    ]);
    const attachment = form.get('attachment') as File;
    expect([attachment.name, await attachment.text()]).toEqual(['a.txt', 'attached']);
    await mailgun.stop();
  });
});
