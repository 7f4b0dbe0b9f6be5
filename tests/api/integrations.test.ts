import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let service: HttpDouble;
let status = 200;

beforeAll(async () => {
  user = await makeUser(product);
  service = await HttpDouble.start(({ path }, response) => sendJson(response, { path }, status));
});
afterAll(() => service.stop());

const mutate = <T = Record<string, unknown>>(name: string, input: object, selection: string): Promise<T> => {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const problems = '... on MutationError { code message }';
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ${selection} ${problems} } }`;
  return user.graph.mutate<T>(document, { input });
};

async function registered(more: object = {}): Promise<string> {
  const input = {
    name: unique('integration'),
    type: 'HTTP',
    configuration: { baseUrl: service.url, authentication: { type: 'BEARER' } },
    credentials: { token: 'a secret token' },
    operations: [{ name: 'find', method: 'GET', path: '/things/{id}' }],
    policy: { retry: { maxAttempts: 1 }, circuitBreaker: { minimumCalls: 3 } },
    ...more,
  };
  const selection = '... on RegisterIntegrationSuccess { integration { id } }';
  const { integration } = await mutate<{ integration?: { id: string } }>('registerIntegration', input, selection);
  return integration!.id;
}
const invoke = (id: string) =>
  mutate(
    'invokeIntegration',
    { id, operation: 'find', input: { id: 7 } },
    '... on InvokeIntegrationSuccess { output attempts } ... on IntegrationUnavailableError { retryAfterSeconds }',
  );

test('a service is registered, called and watched through the one graph', async () => {
  status = 200;
  const id = await registered();
  expect(await invoke(id)).toMatchObject({ output: { path: '/things/7' }, attempts: 1 });
  expect(service.calls.at(-1)?.headers.authorization).toBe('Bearer a secret token');
  status = 500;
  let failures = 0;
  let last = await invoke(id);
  for (; last.code === 'HTTP_STATUS' && failures < 5; failures += 1) last = await invoke(id);
  expect(last).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterSeconds: expect.any(Number) });
  // Of three calls, or of four when the one that went well was written down a little later.
  expect([2, 3]).toContain(failures);
  const query = `query ($id: ID!) { integration(id: $id) {
    owner { id email } health { state } circuitBreaker { state } credentialsSet
    analytics { calls errors { code calls } } } }`;
  interface Shown {
    readonly integration: { readonly analytics: { readonly calls: number } };
  }
  const shown = await until('all calls are counted', async () => {
    const { integration } = await user.graph.query<Shown>(query, { id });
    return integration.analytics.calls === failures + 2 && integration;
  });
  expect(shown).toMatchObject({
    owner: { id: user.id, email: user.email },
    circuitBreaker: { state: 'OPEN' },
    credentialsSet: ['token'],
    analytics: {
      errors: [
        { code: 'HTTP_STATUS', calls: failures },
        { code: 'CIRCUIT_OPEN', calls: 1 },
      ],
    },
  });
});

test('reports of a service come in below the public address', async () => {
  const id = await registered();
  const secret = 'a-secret-of-github';
  await mutate('configureInboundWebhooks', { id, scheme: 'GITHUB', secret }, '');
  const body = '{"action": "opened"}';
  const post = (signature: string) =>
    fetch(`${product.url}/services/integration/webhooks/${id}`, {
      method: 'POST',
      body,
      headers: { 'x-hub-signature-256': signature, 'x-github-event': 'issues', 'content-type': 'application/json' },
    });
  expect((await post('sha256=00')).status).toBe(401);
  expect((await post(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)).status).toBe(204);
  const list = 'query ($id: ID!) { inboundWebhooks(filter: { integrationId: $id }) { nodes { type body } } }';
  expect(await user.graph.query(list, { id })).toEqual({ inboundWebhooks: { nodes: [{ type: 'issues', body }] } });
});
