import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { until, type HttpDouble } from '@flowmesh/platform/testing';
import { SMTPServer } from 'smtp-server';
import { answering, message, READY, startHostileServer } from '../../testing/hostile-servers.ts';
import { userOf, type IntegrationProcess } from '../../testing/integration-under-test.ts';
import { mutate, registered } from '../../testing/operations.ts';
import { prepareSecretSearch, type SecretSearch } from '../../testing/secret-search.ts';
import { startTelltaleService, tokenOf } from '../../testing/telltale-service.ts';

const owner = userOf('owner');
const CANARY = 'canary_9f3bQ7xLm2';
const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
let secret = CANARY;
let search: SecretSearch;
let one: IntegrationProcess;
let service: HttpDouble;
const servers: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  search = await prepareSecretSearch();
  ({ one } = search);
  service = await startTelltaleService(() => secret);
}, 60_000);
afterAll(async () => {
  await Promise.all(servers.map((each) => each.stop()));
  await service.stop();
  await search.stop();
}, 30_000);

const listen = async (answer: string | Buffer): Promise<number> => {
  const server = await startHostileServer(answering(answer));
  servers.push(server);
  return server.port;
};

/** It refuses recipients with the password that it has let in. */
async function startMailServer(): Promise<number> {
  const refusal = () => Object.assign(new Error(`you sent ${secret}`), { responseCode: 550 });
  const server = new SMTPServer({
    ...{ allowInsecureAuth: true, disabledCommands: ['STARTTLS'] },
    onAuth: (_auth, _session, done) => done(null, { user: 'ada' }),
    onRcptTo: (_address, _session, done) => done(refusal()),
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  servers.push({ stop: () => new Promise((resolve) => server.close(() => resolve())) });
  return (server.server.address() as AddressInfo).port;
}

interface Case {
  readonly type: string;
  readonly configuration: () => object | Promise<object>;
  readonly credentials: Readonly<Record<string, string>>;
  readonly operation: string;
  readonly input: object;
}

const http = (authentication: object, credentials: Case['credentials']): Case => ({
  type: 'HTTP',
  configuration: () => ({ baseUrl: service.url, authentication }),
  credentials,
  operation: 'read',
  input: {},
});
const email = (provider: () => object | Promise<object>, credentials: Case['credentials']): Case => ({
  type: 'EMAIL',
  configuration: async () => ({ provider: await provider(), from: 'robot@example.org' }),
  credentials,
  operation: 'send',
  input: { to: ['ada@example.com'], subject: 'x', text: 'x' },
});
const storage = (provider: () => object, credentials: Case['credentials']): Case => ({
  type: 'STORAGE',
  configuration: () => ({ provider: { bucket: 'papers', ...provider() } }),
  credentials,
  operation: 'list',
  input: {},
});

const CASES: Readonly<Record<string, Case>> = {
  'HTTP, BASIC': http({ type: 'BASIC', username: 'ada' }, { password: CANARY }),
  'HTTP, BEARER': http({ type: 'BEARER' }, { token: CANARY }),
  'HTTP, API_KEY': http({ type: 'API_KEY', in: 'QUERY', name: 'key' }, { apiKey: CANARY }),
  'HTTP, HMAC': http({ type: 'HMAC' }, { secret: CANARY }),
  'HTTP, OAuth 2': {
    ...http({}, { clientSecret: CANARY }),
    configuration: () => ({
      baseUrl: service.url,
      authentication: { type: 'OAUTH2_CLIENT_CREDENTIALS', tokenUrl: `${service.url}/token`, clientId: 'client' },
    }),
  },
  POSTGRESQL: {
    type: 'POSTGRESQL',
    configuration: async () => {
      const refusal = message('E', `SFATAL\0VFATAL\0C28P01\0Myou sent ${CANARY}\0\0`);
      const port = await listen(Buffer.concat([refusal, READY]));
      return { host: '127.0.0.1', port, tls: 'OFF', database: 'd', user: 'u' };
    },
    credentials: { password: CANARY },
    ...{ operation: 'query', input: { sql: 'select 1' } },
  },
  REDIS: {
    type: 'REDIS',
    configuration: async () => ({
      ...{ host: '127.0.0.1', tls: 'OFF' },
      port: await listen(`-ERR you sent ${CANARY}\r\n`),
    }),
    credentials: { password: CANARY },
    ...{ operation: 'get', input: { key: 'a' } },
  },
  'EMAIL, SMTP': email(
    async () => ({ type: 'SMTP', host: '127.0.0.1', port: await startMailServer(), security: 'NONE', username: 'ada' }),
    { password: CANARY },
  ),
  'EMAIL, SENDGRID': email(() => ({ type: 'SENDGRID', baseUrl: service.url }), { apiKey: CANARY }),
  'EMAIL, MAILGUN': email(() => ({ type: 'MAILGUN', domain: 'd', baseUrl: service.url }), { apiKey: CANARY }),
  'SLACK, BOT': {
    type: 'SLACK',
    configuration: () => ({ authentication: 'BOT', baseUrl: `${service.url}/api` }),
    credentials: { token: CANARY },
    ...{ operation: 'postMessage', input: { text: 'x', channel: 'C' } },
  },
  'SLACK, WEBHOOK': {
    type: 'SLACK',
    configuration: () => ({ authentication: 'WEBHOOK' }),
    credentials: { webhookUrl: CANARY },
    ...{ operation: 'postMessage', input: { text: 'x' } },
  },
  'STORAGE, S3': storage(() => ({ type: 'S3', accessKeyId: 'id', endpoint: service.url, pathStyle: true }), {
    secretAccessKey: CANARY,
  }),
  'STORAGE, GCS': storage(
    () => ({ type: 'GCS', clientEmail: 'robot@x.example', baseUrl: service.url, tokenUrl: `${service.url}/token` }),
    { privateKey: PEM },
  ),
  STRIPE: {
    type: 'STRIPE',
    configuration: () => ({ baseUrl: service.url }),
    credentials: { apiKey: `sk_test_${CANARY}` },
    ...{ operation: 'createCustomer', input: { name: 'x' } },
  },
  AUTH0: {
    type: 'AUTH0',
    configuration: () => ({ baseUrl: service.url, clientId: 'client' }),
    credentials: { clientSecret: CANARY },
    ...{ operation: 'listUsers', input: {} },
  },
};

test('a secret is masked wherever it is in a long message', async () => {
  const id = await registered(one, owner, {
    configuration: { baseUrl: service.url, authentication: { type: 'BEARER' } },
    credentials: { token: CANARY },
    operations: [{ name: 'read', method: 'GET', path: '/read' }],
    policy: { retry: { maxAttempts: 1 } },
  });
  for (const before of [480, 490, 1_970, 1_980]) {
    secret = 'x'.repeat(before) + CANARY;
    const { message: told = '' } = await mutate(one, owner, 'invokeIntegration', { id, operation: 'read', input: {} });
    expect(told).toContain('xxx');
    expect(told).not.toContain(CANARY.slice(0, 4));
  }
});

test('there is a case for every type', async () => {
  const { integrationClients } = await one.ask<{ integrationClients: { type: string }[] }>(
    owner,
    '{ integrationClients { type } }',
  );
  const types = new Set(Object.values(CASES).map(({ type }) => type));
  expect([...types].sort()).toEqual(integrationClients.map(({ type }) => type).sort());
});

/** As they are searched for: as it is, in parts, and as services write it. */
function formsOf(value: string): string[] {
  const lines = value.split('\n').filter((line) => line.length > 20 && !line.startsWith('---'));
  const coded = ['ada:', 'api:', ''].map((user) => Buffer.from(user + value).toString('base64'));
  return [value, encodeURIComponent(value), tokenOf(value), CANARY, ...lines, ...coded];
}

test.each(Object.keys(CASES))(
  '%s: its secret is in no answer, error, log, event, job, metric or dump',
  async (name) => {
    const given = CASES[name];
    if (!given) throw new Error(name);
    const { type, operation, input } = given;
    const isWebhook = name === 'SLACK, WEBHOOK';
    // The address itself is the secret.
    const credentials = isWebhook ? { webhookUrl: `${service.url}/services/${CANARY}` } : given.credentials;
    const [value = ''] = Object.values(credentials);
    secret = value;
    const configuration = await given.configuration();
    const settings = { type, configuration, credentials };
    const seen: unknown[] = [];
    const messages = one.messages(owner, 'subscription { integrationHealthChanged { integrationId error } }');
    seen.push((await messages.next()).value);
    const id = await registered(one, owner, {
      ...settings,
      ...(type === 'HTTP' ? { operations: [{ name: 'read', method: 'GET', path: '/read' }] } : {}),
      policy: { cacheSeconds: 60, retry: { maxAttempts: 1 } },
    });
    const call = await mutate(one, owner, 'invokeIntegration', { id, operation, input });
    seen.push(call);
    seen.push(await mutate(one, owner, 'testIntegration', { id }));
    seen.push((await messages.next()).value);
    await messages.return(undefined);
    seen.push(await mutate(one, owner, 'testIntegrationClient', settings));
    const query = `query Q($id: ID!) { integration(id: $id) { configuration credentialsSet metadata
    health { lastError } authorization { state lastError } analytics { calls errors { code } } } }`;
    seen.push(await one.ask(owner, query, { id }));
    // What the service told has arrived, without the secret.
    expect(call.message).toContain('you sent');
    expect(call.message).toContain('•••');
    await until('the call was counted', async () => {
      const sql = 'select count(*)::int as count from integration_calls where integration_id = $1';
      return (await search.integrations.pool.query<{ count: number }>(sql, [id])).rows[0]?.count === 1;
    });
    await search.expectNowhere(formsOf(value), seen, id);
  },
);
