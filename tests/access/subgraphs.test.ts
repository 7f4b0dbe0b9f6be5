import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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

/** Headers that somebody could try who knows how it works, but not the secret. */
async function forgeries(): Promise<Record<string, Record<string, string>>> {
  const forged = await new SignJWT({
    kind: 'user',
    userId: '1',
    scopes: ['*:*'],
    viewer: { kind: 'user', userId: '1' },
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setIssuer('flowmesh-gateway')
    .setAudience([...DOMAINS])
    .setExpirationTime('60s')
    .sign(new TextEncoder().encode('a guessed secret of at least 32 characters'));
  const unsigned = `${btoa('{"alg":"none"}').replace(/=+$/, '')}.${btoa('{"kind":"user","scopes":["*:*"]}').replace(/=+$/, '')}.`;
  return {
    nothing: {},
    'an access token': { authorization: `Bearer ${accessToken}` },
    'a signature with another secret': { authorization: `Bearer ${forged}`, 'x-flowmesh-viewer': forged },
    'no algorithm': { authorization: `Bearer ${unsigned}`, 'x-flowmesh-viewer': unsigned },
  };
}

describe.each(DOMAINS)('%s', (domain: Domain) => {
  test.each(Object.entries(OPERATIONS))(
    'answers a %s without the signature of the gateway with 401',
    async (_n, body) => {
      const before = await snapshot(topology);
      for (const [what, headers] of Object.entries(await forgeries())) {
        const response = await fetch(`${topology.subgraphUrls[domain]}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
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

  test('acknowledges no socket without the signature', async () => {
    for (const headers of Object.values(await forgeries())) {
      const socket = new WebSocket(
        `${topology.subgraphUrls[domain].replace('http', 'ws')}/graphql`,
        'graphql-transport-ws',
        { headers },
      );
      const messages: string[] = [];
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: headers })));
      socket.on('message', (data: Buffer) => messages.push(data.toString('utf8')));
      const refused = await new Promise<boolean>((resolve) => {
        socket.on('error', () => resolve(true));
        socket.on('close', () => resolve(true));
        socket.on('message', () => resolve(false));
      });
      expect({ refused, messages }).toEqual({ refused: true, messages: [] });
      socket.terminate();
    }
  });
});
