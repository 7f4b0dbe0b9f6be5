import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { generateSync } from 'otplib';
import { Child } from '../harness/child.ts';
import { sql } from '../harness/databases.ts';
import { executeAgent, registerAgent } from '../harness/fixtures.ts';
import { graph } from '../harness/graph.ts';
import { configureWebhooks, sendNotifications, WebhookReceiver } from '../harness/notifications.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { makeUser, signIn, unique } from '../harness/users.ts';

let product: Product | undefined;
let running: Child | undefined;
const doubles: { stop(): Promise<void> }[] = [];
afterAll(async () => {
  await running?.stop();
  await product?.stop();
  for (const double of doubles) await double.stop();
});

const newKey = () => randomBytes(32).toString('base64');
const mutation = (name: string, type: string, fields: string) =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ... on MutationError { code message } ${fields} } }`;
const SIGNED_IN = '... on MfaRequired { challengeToken } ... on LoginSuccess { tokens { accessToken } }';

/** Starts the product again on what it has left behind. */
async function restart(keys: { readonly ENCRYPTION_KEY: string; readonly DECRYPTION_KEYS: string }): Promise<Child> {
  const { environment, port, url, logFile } = product!;
  await (running ?? product!.child).stop();
  running = Child.start('server/main.js', logFile.replace('product', unique('restarted')), {
    ...environment,
    ...keys,
    PORT: String(port),
  });
  await running.ready(url);
  return running;
}

/** What each service says is left under other keys, by subgraph. */
const leftOf = (child: Child): Record<string, unknown> =>
  Object.fromEntries(
    child.log
      .split('\n')
      .filter((line) => line.includes('DECRYPTION_KEYS'))
      .map((line) => JSON.parse(line) as { subgraph?: string; name?: string; left: unknown })
      .map(({ subgraph = 'auth', left }) => [subgraph, left]),
  );

test('ENCRYPTION_KEY is exchanged: nothing is lost, and the earlier key is not needed any more', async () => {
  const [first, second] = [newKey(), newKey()];
  product = await startProduct({ env: { ENCRYPTION_KEY: first, PASSWORD_HASH_ROUNDS: '' } });
  const { anonymous, as } = graph(product);

  // Something of every kind that is sealed, or made with a key: a password, a second factor, tokens, an agent, a channel.
  const person = await makeUser(product, { roles: ['admin'] });
  const { secret } = await person.graph.mutate<{ secret: string }>(
    mutation('beginMfaEnrolment', 'BeginMfaEnrolmentInput', '... on BeginMfaEnrolmentSuccess { secret }'),
    { input: { password: person.password } },
  );
  const { backupCodes } = await person.graph.mutate<{ backupCodes: string[] }>(
    mutation('confirmMfaEnrolment', 'ConfirmMfaEnrolmentInput', '... on ConfirmMfaEnrolmentSuccess { backupCodes }'),
    { input: { code: generateSync({ secret }) } },
  );
  const service = await HttpDouble.start((_call, response) => sendJson(response, { done: true }));
  doubles.push(service);
  const http = { url: `${service.url}/run`, headers: { 'x-key': 'very secret' } };
  const agentId = await registerAgent(person.graph, { name: unique('http'), type: 'Remote', kind: 'HTTP', http });
  await configureWebhooks(product);
  const receiver = await WebhookReceiver.start();
  doubles.push(receiver);
  const sealed = async () => {
    const columns = [
      ['auth', 'signing_keys', 'sealed_private_key'],
      ['auth', 'mfa_factors', 'sealed_secret'],
      ['agent', 'agents', 'sealed_secrets'],
      ['notification', 'channel_configs', 'config'],
    ] as const;
    const keyIds = await Promise.all(
      columns.map(([domain, table, column]) =>
        sql<{ key: string }>(
          product!,
          domain,
          `select distinct split_part(${column}, '.', 2) as key from ${table} where ${column} is not null`,
        ),
      ),
    );
    return keyIds.map((rows) => rows.map(({ key }) => key));
  };
  const hashes = await sql<{ hash: string }>(
    product,
    'auth',
    'select distinct left(password_hash, 26) as hash from users',
  );
  expect(hashes).toEqual([{ hash: expect.stringMatching(/^hmac-sha384:[\w-]{8}\$2b\$12$/) }]);
  const before = await sealed();
  expect(new Set(before.flat()).size).toBe(1);
  expect(before.map((keys) => keys.length)).toEqual([1, 1, 1, 1]);

  const between = await restart({ ENCRYPTION_KEY: second, DECRYPTION_KEYS: first });
  await until('all services have sealed again', () => Object.keys(leftOf(between)).length === 4);
  expect(leftOf(between)).toEqual({
    auth: { secrets: 0, passwords: 2 },
    agent: { secrets: 0 },
    notification: { secrets: 0 },
    integration: { secrets: 0 },
  });
  const after = await sealed();
  expect(new Set(after.flat()).size).toBe(1);
  expect(after.map((keys) => keys.length)).toEqual([1, 1, 1, 1]);
  expect(after[0]).not.toEqual(before[0]);
  // Passwords are made anew when their owners sign in.
  await signIn(product, product.admin.email, product.admin.password);
  const challenge = async () =>
    (
      await anonymous.mutate<{ challengeToken: string }>(mutation('login', 'LoginInput', SIGNED_IN), {
        input: { identifier: person.email, password: person.password },
      })
    ).challengeToken;
  expect(await challenge()).toEqual(expect.any(String));

  const last = await restart({ ENCRYPTION_KEY: second, DECRYPTION_KEYS: '' });
  expect(leftOf(last)).toEqual({});
  // The token of before was signed with a key that was sealed with the first one, and is still good.
  expect(await person.graph.query('{ me { id } }')).toEqual({ me: { id: person.id } });
  const complete = async (code: string) =>
    anonymous.mutate<{ __typename: string; tokens: { accessToken: string } }>(
      mutation('completeMfaLogin', 'CompleteMfaLoginInput', SIGNED_IN.replace(/^.*\} \.\.\./, '...')),
      { input: { challengeToken: await challenge(), code } },
    );
  expect((await complete(backupCodes[3]!)).__typename).toBe('LoginSuccess');
  // The code of the next half minute is within the tolerance of the tests, and was not used.
  const { __typename, tokens } = await complete(generateSync({ secret, epoch: Math.floor(Date.now() / 1_000) + 30 }));
  expect(__typename).toBe('LoginSuccess');

  const owner = as(tokens);
  expect(await executeAgent(owner, agentId, { wait: true })).toMatchObject({ status: 'COMPLETED' });
  expect(service.calls.at(-1)!.headers).toMatchObject({ 'x-key': 'very secret' });
  await sendNotifications(owner, [{ channel: 'WEBHOOK', recipient: `${receiver.url}/hook`, content: 'after' }]);
  await until('the webhook has come, signed', () => receiver.received.length === 1);
  expect(receiver.received[0]!.verified).not.toBeNull();
}, 180_000);
