import { readSettings } from '@flowmesh/platform/config';
import { createAddressRules, newWebhookSecret } from '@flowmesh/platform/http';
import { channelSettings } from '../environment-config.ts';
import { createProviderCheck, kindOf, type ProviderInputs, type OwnKind } from './catalog.ts';
import type { StoredSettings } from './provider-settings.ts';
import { replaceSecret, secretsInUse } from '../../../adapters/webhook/signing-secrets.ts';

const rules = createAddressRules(['127.0.0.1']);
const check = createProviderCheck(rules);
const problems = (kind: OwnKind, inputs: ProviderInputs, previous: StoredSettings | null = null) =>
  Object.fromEntries(check(kind, inputs, previous).problems.map(({ path, message }) => [path, message]));

const AGAIN = 'must be given again, because it would go to another address or account';
const FROM = { from: 'Flowmesh <hello@flowmesh.test>' };
const SMTP = { host: 'mail.example.com', username: 'mailer', password: 'a secret', ...FROM };
const TWILIO = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'a-secret', from: '+1 415 555 0100' };
const HOOK = 'https://hooks.slack.com/services/T/B/X';

it('takes secrets apart from what is shown', () => {
  expect(check('SMTP', { smtp: SMTP }, null)).toEqual({
    problems: [],
    config: { host: 'mail.example.com', port: 587, security: 'STARTTLS', username: 'mailer', replyTo: null, ...FROM },
    secrets: { password: 'a secret' },
  });
  expect(check('SENDGRID', { sendgrid: { apiKey: 'SG.key', ...FROM } }, null)).toEqual({
    problems: [],
    config: { baseUrl: 'https://api.sendgrid.com', replyTo: null, ...FROM },
    secrets: { apiKey: 'SG.key' },
  });
  const mailgun = { apiKey: 'key-1', domain: 'mg.example.com', baseUrl: 'https://api.eu.mailgun.net/', ...FROM };
  expect(check('MAILGUN', { mailgun }, null)).toEqual({
    problems: [],
    config: { baseUrl: 'https://api.eu.mailgun.net', domain: 'mg.example.com', replyTo: null, ...FROM },
    secrets: { apiKey: 'key-1' },
  });
  expect(check('TWILIO', { twilio: TWILIO }, null)).toEqual({
    problems: [],
    config: {
      baseUrl: 'https://api.twilio.com',
      accountSid: TWILIO.accountSid,
      from: '+14155550100',
      messagingServiceSid: null,
    },
    secrets: { authToken: 'a-secret' },
  });
  expect(check('SLACK', { slack: { webhooks: [{ name: '#ops', url: HOOK }] } }, null)).toEqual({
    problems: [],
    config: { names: ['#ops'] },
    secrets: { webhooks: { '#ops': HOOK } },
  });
  const signingSecret = newWebhookSecret();
  expect(check('WEBHOOK', { webhook: { signingSecret } }, null)).toEqual({
    problems: [],
    config: {},
    secrets: { signingSecret },
  });
});

const long = 'x'.repeat(600);
it.each<[OwnKind, ProviderInputs, Record<string, string>]>([
  ['SMTP', { smtp: { ...SMTP, host: 'http://a' } }, { 'smtp.host': 'must be the name of a host' }],
  [
    'SMTP',
    { smtp: { ...SMTP, host: '10.0.0.1' } },
    { 'smtp.host': 'leads into the operator’s own network, which its setting ALLOW_PRIVATE_ADDRESSES does not allow' },
  ],
  ['SMTP', { smtp: { ...SMTP, port: 0 } }, { 'smtp.port': 'must be 1 to 65,535' }],
  ['SMTP', { smtp: { ...SMTP, username: null } }, { 'smtp.username': 'is required with a password' }],
  ['SMTP', { smtp: { ...SMTP, password: null } }, { 'smtp.password': 'is required with a user name' }],
  [
    'SMTP',
    { smtp: { ...SMTP, from: 'a\r\nBcc: b' } },
    { 'smtp.from': 'must be an e-mail address, e.g. Flowmesh <hello@example.com>' },
  ],
  ['SENDGRID', { sendgrid: { ...FROM } }, { 'sendgrid.apiKey': 'is required' }],
  [
    'SENDGRID',
    { sendgrid: { apiKey: 'a\nb', ...FROM } },
    { 'sendgrid.apiKey': 'must be 1 to 2,000 visible characters' },
  ],
  [
    'SENDGRID',
    { sendgrid: { apiKey: 'k', baseUrl: 'http://10.0.0.1', ...FROM } },
    {
      'sendgrid.baseUrl':
        'leads into the operator’s own network, which its setting ALLOW_PRIVATE_ADDRESSES does not allow',
    },
  ],
  [
    'MAILGUN',
    { mailgun: { apiKey: 'k', domain: '../v3', ...FROM } },
    { 'mailgun.domain': 'must be a domain, e.g. mg.example.com' },
  ],
  [
    'TWILIO',
    { twilio: { ...TWILIO, accountSid: 'SK1' } },
    { 'twilio.accountSid': 'must be AC and 32 hexadecimal digits' },
  ],
  [
    'TWILIO',
    { twilio: { ...TWILIO, messagingServiceSid: `MG${'0'.repeat(32)}` } },
    { 'twilio.from': 'is required, or messagingServiceSid instead of it' },
  ],
  [
    'TWILIO',
    { twilio: { ...TWILIO, from: null } },
    { 'twilio.from': 'is required, or messagingServiceSid instead of it' },
  ],
  ['SLACK', { slack: { webhooks: [{ name: 'a' }] } }, { 'slack.webhooks[0].url': 'is required for a new name' }],
  [
    'SLACK',
    {
      slack: {
        webhooks: [
          { name: 'a', url: HOOK },
          { name: 'a', url: HOOK },
        ],
      },
    },
    { 'slack.webhooks[1].name': 'is given twice' },
  ],
  ['WEBHOOK', { webhook: { signingSecret: 'short' } }, { 'webhook.signingSecret': 'must have 16 to 512 characters' }],
  ['WEBHOOK', { webhook: { signingSecret: long } }, { 'webhook.signingSecret': 'must have 16 to 512 characters' }],
])('%s refuses %j', (kind, inputs, expected) => expect(problems(kind, inputs)).toEqual(expected));

it('keeps secrets that are left out, but not for another address or account', () => {
  const smtp = check('SMTP', { smtp: SMTP }, null);
  const open = { ...SMTP, password: undefined };
  expect(check('SMTP', { smtp: { ...open, from: 'new@flowmesh.test' } }, smtp)).toMatchObject({
    problems: [],
    secrets: { password: 'a secret' },
  });
  expect(check('SMTP', { smtp: { ...open, host: 'mail.example.org' } }, smtp)).toMatchObject({
    problems: [{ path: 'smtp.password', message: AGAIN }],
    secrets: {},
  });
  const sendgrid = check('SENDGRID', { sendgrid: { apiKey: 'SG.key', ...FROM } }, null);
  expect(problems('SENDGRID', { sendgrid: FROM }, sendgrid)).toEqual({});
  expect(problems('SENDGRID', { sendgrid: { ...FROM, baseUrl: 'https://evil.example' } }, sendgrid)).toEqual({
    'sendgrid.apiKey': AGAIN,
  });
  const twilio = check('TWILIO', { twilio: TWILIO }, null);
  expect(problems('TWILIO', { twilio: { ...TWILIO, authToken: undefined } }, twilio)).toEqual({});
  expect(
    problems('TWILIO', { twilio: { ...TWILIO, authToken: undefined, accountSid: `AC${'1'.repeat(32)}` } }, twilio),
  ).toEqual({ 'twilio.authToken': AGAIN });
  const slack = check('SLACK', { slack: { webhooks: [{ name: 'ops', url: HOOK }] } }, null);
  expect(check('SLACK', { slack: { webhooks: [{ name: 'ops' }] } }, slack).secrets).toEqual({
    webhooks: { ops: HOOK },
  });
});

it('a webhook secret that replaces another signs beside it for a day', () => {
  const now = new Date('2026-05-01T00:00:00Z');
  const first = { signingSecret: 'the first secret of all' };
  const second = replaceSecret(first, 'the second secret of all', 86_400_000, now);
  expect(secretsInUse(second, now)).toEqual(['the second secret of all', 'the first secret of all']);
  expect(secretsInUse(second, new Date('2026-05-01T23:59:59Z'))).toHaveLength(2);
  expect(secretsInUse(second, new Date('2026-05-02T00:00:00Z'))).toEqual(['the second secret of all']);
  expect(replaceSecret(second, 'the second secret of all', 86_400_000, now)).toEqual(second);
  expect(replaceSecret(second, 'the third secret of all', 0, now)).toEqual({
    signingSecret: 'the third secret of all',
  });
});

it.each([
  ['EMAIL', { smtp: SMTP }, 'SMTP'],
  ['SMS', { twilio: TWILIO }, 'TWILIO'],
  [
    'EMAIL',
    {},
    { path: 'channel', message: 'does not fit EMAIL: give exactly one of smtp, sendgrid, mailgun, integration' },
  ],
  ['SMS', { smtp: SMTP }, { path: 'smtp', message: 'does not fit SMS: give exactly one of twilio' }],
  [
    'EMAIL',
    { smtp: SMTP, sendgrid: FROM },
    { path: 'smtp', message: 'does not fit EMAIL: give exactly one of smtp, sendgrid, mailgun, integration' },
  ],
  ['IN_APP', {}, { path: 'channel', message: 'does not fit IN_APP: it has no settings' }],
] as const)('%s with %j', (channel, inputs, expected) => expect(kindOf(channel, inputs)).toEqual(expected));

describe('from the environment', () => {
  const load = (env: Record<string, string>) => readSettings(channelSettings, env).providers;

  it('sets up what its variables are there for', () => {
    expect(load({ SMTP_URL: '', HOME: '/root' })).toEqual([]);
    const providers = load({
      MAIL_FROM: 'hello@flowmesh.test',
      SMTP_URL: 'smtps://us%40er:p%3Ass@mail.example.com',
      TWILIO_ACCOUNT_SID: TWILIO.accountSid,
      TWILIO_AUTH_TOKEN: 'token',
      TWILIO_FROM: `MG${'0'.repeat(32)}`,
      SLACK_WEBHOOK_URL: HOOK,
    });
    expect(providers).toMatchObject([
      {
        kind: 'SMTP',
        config: { host: 'mail.example.com', port: 465, security: 'TLS', username: 'us@er' },
        secrets: { password: 'p:ss' },
      },
      { kind: 'TWILIO', config: { from: null, messagingServiceSid: `MG${'0'.repeat(32)}` } },
      { kind: 'SLACK', config: { names: ['default'] }, secrets: { webhooks: { default: HOOK } } },
    ]);
    expect(load({ MAIL_FROM: 'a@b.test', SMTP_URL: 'smtp://127.0.0.1:1025' })).toMatchObject([
      { config: { port: 1025, security: 'OPPORTUNISTIC', username: null }, secrets: {} },
    ]);
  });

  it.each([
    [
      { SMTP_URL: 'mail.example.com' },
      'SMTP_URL must be like smtp://user:password@host:587 or smtps://user:password@host',
    ],
    [{ SMTP_URL: 'smtp://mail.example.com' }, 'MAIL_FROM must be an e-mail address, e.g. Flowmesh <hello@example.com>'],
    [
      { SENDGRID_API_KEY: 'SG.key', SENDGRID_BASE_URL: 'http://10.0.0.1', MAIL_FROM: 'a@b.test' },
      'SENDGRID_BASE_URL leads into the operator’s own network, which its setting ALLOW_PRIVATE_ADDRESSES does not allow',
    ],
    [{ TWILIO_ACCOUNT_SID: TWILIO.accountSid, TWILIO_FROM: '+14155550100' }, 'TWILIO_AUTH_TOKEN is required'],
    [{ SLACK_WEBHOOK_URL: 'hooks' }, 'SLACK_WEBHOOK_URL must be an absolute http or https address'],
    [{ WEBHOOK_SIGNING_SECRET: 'short' }, 'WEBHOOK_SIGNING_SECRET must have 16 to 512 characters'],
  ])('refuses %j', (env, message) => expect(() => load(env as Record<string, string>)).toThrow(message));

  it.each([
    [{}, []],
    [{ SMTP_URL: 'smtp://user:password@mail.internal:1025', MAIL_FROM: 'a@b.test' }, ['mail.internal']],
    [{ SMTP_URL: 'smtps://[::1]', MAIL_FROM: 'a@b.test' }, ['::1']],
    [{ SMTP_URL: 'smtp://10.0.0.1', MAIL_FROM: 'a@b.test' }, ['10.0.0.1']],
  ])('trusts the mail server of %j', (env, hosts) =>
    expect(readSettings(channelSettings, env).mailHosts).toEqual(hosts),
  );

  it('tells what is wrong with providers also where it cannot know which addresses they may reach', () => {
    const environment = {
      ALLOW_PRIVATE_ADDRESSES: '10.0.0/8',
      SENDGRID_API_KEY: 'SG.key',
      SENDGRID_BASE_URL: 'http://10.0.0.1',
      SMTP_URL: 'smtp://user:100%@mail.example.com',
      TWILIO_ACCOUNT_SID: TWILIO.accountSid,
      TWILIO_FROM: '+14155550100',
    };
    expect(() => load(environment)).toThrow(
      [
        'The configuration has 3 problems:',
        '- SMTP_URL must be like smtp://user:password@host:587 or smtps://user:password@host.',
        '- MAIL_FROM must be an e-mail address, e.g. Flowmesh <hello@example.com>.',
        '- TWILIO_AUTH_TOKEN is required.',
      ].join('\n'),
    );
  });
});
