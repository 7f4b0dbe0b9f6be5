import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { VIEWER_HEADER, createViewerSigner, type Viewer } from '@flowmesh/platform/access';
import { SignJWT } from 'jose';
import WebSocket from 'ws';
import { DOMAINS, snapshot, type Domain } from '../harness/databases.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { administrator } from '../harness/users.ts';

let topology: Topology;
let accessToken: string;

beforeAll(async () => {
  topology = await startTopology();
  ({ accessToken } = await administrator(topology));
});
afterAll(() => topology?.stop());

const ENTITIES = `query ($ids: [_Any!]!) { _entities(representations: $ids) { __typename } }`;
const OPERATIONS = {
  query: { query: '{ __typename }' },
  entities: { query: ENTITIES, variables: { ids: [{ __typename: 'User', id: '1' }] } },
  sdl: { query: '{ _service { sdl } }' },
  introspection: { query: '{ __schema { types { name } } }' },
  mutation: { query: 'mutation { logout { __typename } }' },
} as const;

const ADMINISTRATOR: Viewer = { kind: 'service', service: 'workflow', userId: '1', scopes: ['*:*'] };

const SUBSCRIPTIONS: Readonly<Record<Domain, string>> = {
  auth: '{ me { id } }',
  agent: 'subscription { agentEvents { cursor } }',
  workflow: 'subscription { workflowExecutionEvents { cursor } }',
  context: 'subscription { contextChanged(id: "1") { cursor } }',
  notification: 'subscription { notificationEvents { cursor } }',
  integration: 'subscription { integrationHealthChanged { cursor } }',
};

/** What somebody could send who knows how it works: a signed viewer, but not one of the gateway for this subgraph. */
async function forgeries(domain: Domain): Promise<Record<string, string>> {
  const secret = topology.environment.INTERNAL_SECRET!;
  const other = DOMAINS.find((name) => name !== domain)!;
  const genuine = createViewerSigner(secret)(ADMINISTRATOR, domain);
  const [header, payload] = genuine.split('.');
  const none = Buffer.from('{"alg":"none","typ":"viewer+jwt"}').toString('base64url');
  const expired = await new SignJWT({ viewer: { ...ADMINISTRATOR } })
    .setProtectedHeader({ alg: 'HS256', typ: 'viewer+jwt' })
    .setIssuer('flowmesh-gateway')
    .setAudience(domain)
    .setExpirationTime(Math.floor(Date.now() / 1000) - 60)
    .sign(new TextEncoder().encode(secret));
  return {
    nothing: '',
    'an access token': accessToken,
    'a signature with another secret': createViewerSigner('a guessed secret of at least 32 characters')(
      ADMINISTRATOR,
      domain,
    ),
    'a signature for another subgraph': createViewerSigner(secret)(ADMINISTRATOR, other),
    'an expired signature': expired,
    'no algorithm': `${none}.${payload}.`,
    'no signature': `${header}.${payload}.`,
  };
}

const headersOf = (signed: string): Record<string, string> =>
  signed === '' ? {} : { [VIEWER_HEADER]: signed, authorization: `Bearer ${signed}` };

describe.each(DOMAINS)('%s', (domain: Domain) => {
  test.each(Object.entries(OPERATIONS))(
    'answers a %s without the signature of the gateway with 401',
    async (_n, body) => {
      const before = await snapshot(topology);
      for (const [what, signed] of Object.entries(await forgeries(domain))) {
        const response = await fetch(`${topology.subgraphUrls[domain]}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headersOf(signed) },
          body: JSON.stringify(body),
        });
        const text = await response.text();
        expect({ what, status: response.status }).toEqual({ what, status: 401 });
        expect(text).not.toContain('"data"');
      }
      expect(await snapshot(topology)).toEqual(before);
    },
  );

  test('answers no GET either', async () => {
    const url = `${topology.subgraphUrls[domain]}/graphql?query=${encodeURIComponent('{ __typename }')}`;
    const response = await fetch(url);
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('"data"');
  });

  test('runs no operation over a socket without the signature', async () => {
    const before = await snapshot(topology);
    for (const [what, signed] of Object.entries(await forgeries(domain))) {
      const received = await overSocket(domain, signed);
      expect({ what, data: received.filter((message) => message.includes('"data"')) }).toEqual({ what, data: [] });
    }
    expect(await snapshot(topology)).toEqual(before);
  });

  test('answers the gateway', async () => {
    const signed = createViewerSigner(topology.environment.INTERNAL_SECRET!)(ADMINISTRATOR, domain);
    const response = await fetch(`${topology.subgraphUrls[domain]}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersOf(signed) },
      body: JSON.stringify(OPERATIONS.query),
    });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });
});

/** Tries to query and subscribe over graphql-ws; gives all that came back until the server hung up, or 2 seconds. */
async function overSocket(domain: Domain, signed: string): Promise<string[]> {
  const url = `${topology.subgraphUrls[domain].replace('http', 'ws')}/graphql`;
  const socket = new WebSocket(url, 'graphql-transport-ws', { headers: headersOf(signed) });
  const messages: string[] = [];
  const extensions = signed === '' ? {} : { [VIEWER_HEADER]: signed };
  const send = (message: object) => socket.send(JSON.stringify(message));
  socket.on('open', () => send({ type: 'connection_init', payload: extensions }));
  socket.on('message', (data: Buffer) => {
    messages.push(data.toString('utf8'));
    if (!messages.at(-1)!.includes('connection_ack')) return;
    send({ id: '1', type: 'subscribe', payload: { query: '{ __typename }', extensions } });
    send({ id: '2', type: 'subscribe', payload: { query: '{ _service { sdl } }', extensions } });
    send({ id: '3', type: 'subscribe', payload: { query: SUBSCRIPTIONS[domain], extensions } });
  });
  await new Promise<void>((resolve) => {
    const patience = setTimeout(resolve, 2_000);
    const finish = () => {
      clearTimeout(patience);
      resolve();
    };
    socket.on('error', finish);
    socket.on('close', finish);
    socket.on('message', () => {
      const refusals = messages.filter((message) => message.includes('"type":"error"'));
      if (refusals.length === 3) finish();
    });
  });
  socket.terminate();
  return messages;
}
