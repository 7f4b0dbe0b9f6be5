import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  answering,
  flood,
  postgresql,
  rows,
  silence,
  startHostileServer,
  TEXT,
  type Behaviour,
} from '../../subgraphs/integration/src/testing/hostile-servers.ts';
import { watchLoop } from '../harness/loop-watch.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

/** What is measured is 30 ms; read in the product's own process, these answers took seconds, or ended it. */
const HELD_MS = 500;
const CALLS = 3;

const REGISTER = `mutation M($input: RegisterIntegrationInput!) { registerIntegration(input: $input) {
  __typename ... on RegisterIntegrationSuccess { integration { id } } } }`;
const INVOKE = `mutation M($input: InvokeIntegrationInput!) { invokeIntegration(input: $input) {
  __typename ... on IntegrationCallFailedError { code } ... on InvokeIntegrationSuccess { output } } }`;

let product: Product;
let member: TestUser;
const LARGE = rows(TEXT, ...Array.from({ length: 30 }, () => 'x'.repeat(500_000)));

beforeAll(async () => {
  product = await startProduct();
  member = await makeUser(product);
});
afterAll(() => product?.stop());

async function register(type: string, port: number, settings: object): Promise<string> {
  const { registerIntegration } = await member.graph.query<{ registerIntegration: { integration: { id: string } } }>(
    REGISTER,
    {
      input: {
        name: unique('hostile'),
        type,
        configuration: {
          host: '127.0.0.1',
          port,
          tls: 'OFF',
          ...(type === 'REDIS' ? {} : { database: 'd', user: 'u' }),
        },
        credentials: type === 'REDIS' ? {} : { password: 'a password' },
        ...settings,
      },
    },
  );
  return registerIntegration.integration.id;
}

test.each<[what: string, type: 'REDIS' | 'POSTGRESQL', behaviour: Behaviour, code: string]>([
  ['nested replies', 'REDIS', answering(`${'*1\r\n'.repeat(1_000_000)}:1\r\n`), 'CONNECTION'],
  ['replies without an end', 'REDIS', (socket) => flood(socket, Buffer.from(':1\r\n')), 'CONNECTION'],
  ['silence', 'REDIS', silence, 'TIMEOUT'],
  ['15 MB of rows', 'POSTGRESQL', postgresql((socket) => socket.write(LARGE)), 'InvokeIntegrationSuccess'],
  ['silence', 'POSTGRESQL', silence, 'TIMEOUT'],
])('%s of a server that a member has registered (%s) hold nobody else', async (_what, type, behaviour, code) => {
  const server = await startHostileServer(behaviour);
  try {
    const [operation, input] = type === 'REDIS' ? ['get', { key: 'a' }] : ['query', { sql: 'select 1' }];
    const timeoutMs = code === 'TIMEOUT' ? 2_000 : 60_000;
    const id = await register(type, server.port, { policy: { timeoutMs, retry: { maxAttempts: 1 } } });
    const { result, heldMs, neighbours } = await watchLoop(product, () =>
      Promise.all(
        Array.from({ length: CALLS }, () =>
          member.graph.query<{ invokeIntegration: { __typename: string; code?: string } }>(INVOKE, {
            input: { id, operation, input },
          }),
        ),
      ),
    );
    expect(result.map(({ invokeIntegration: { __typename, code: told } }) => told ?? __typename)).toEqual(
      Array.from({ length: CALLS }, () => code),
    );
    expect(heldMs).toBeLessThan(HELD_MS);
    expect(neighbours).toBeGreaterThan(5);
  } finally {
    await server.stop();
  }
});
