import { graph, type GraphClient } from '../harness/graph.ts';
import type { ProductAddress } from '../harness/test-config.ts';
import { administrator, makeUser, type TestUser } from '../harness/users.ts';
import { percentile } from './load.ts';
import { printTable } from './table.ts';

const SAMPLES = 10;
/** Whoever is not shut out by then never is. */
const GIVE_UP_MS = 10_000;

const CHANGE = (field: string) =>
  `mutation ($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { __typename } }`;

/** How soon ends and changes of rights hold for those who are in already, seen from the outside. */
export async function measureRevocation(product: ProductAddress): Promise<void> {
  const { graph: admin } = await administrator(product);
  const change = async (field: string, input: object) => {
    const { __typename } = await admin.mutate<{ __typename: string }>(CHANGE(field), { input });
    if (!__typename.endsWith('Success')) throw new Error(`${field}: ${__typename}`);
  };
  const suspend = ({ id }: TestUser) => change('suspendUser', { id });
  const logout = (user: TestUser) => user.graph.mutate('mutation { logout { __typename } }');
  const kinds: Record<string, () => Promise<number>> = {
    'logout → socket closed': () => socketCloses(product, logout),
    'suspension → socket closed': () => socketCloses(product, suspend),
    'deletion → socket closed': () => socketCloses(product, ({ id }) => change('deleteUser', { id })),
    'suspension → request refused': async () => {
      const user = await makeUser(product);
      return refusedAfter(user.graph, 'UNAUTHENTICATED', () => suspend(user));
    },
    'role taken → request forbidden': async () => {
      const user = await makeUser(product);
      return refusedAfter(user.graph, 'FORBIDDEN', () => change('revokeRole', { userId: user.id, role: 'member' }));
    },
    'API key revoked → request refused': async () => {
      const user = await makeUser(product);
      const { apiKey, key } = await user.graph.mutate<{ apiKey: { id: string }; key: string }>(
        `mutation ($input: CreateApiKeyInput!) {
          createApiKey(input: $input) { ... on CreateApiKeySuccess { key apiKey { id } } }
        }`,
        { input: { name: 'bench', scopes: ['agent:read'] } },
      );
      const machine = graph(product).as({ accessToken: key });
      return refusedAfter(machine, 'UNAUTHENTICATED', () =>
        user.graph.mutate(CHANGE('revokeApiKey'), { input: { id: apiKey.id } }),
      );
    },
  };
  const rows = [];
  for (const [name, measure] of Object.entries(kinds)) {
    const delays: number[] = [];
    for (let i = 0; i < SAMPLES; i += 1) delays.push(await measure());
    rows.push({ name, value: percentile(delays, 0.5), note: `longest ${Math.round(Math.max(...delays))} ms` });
  }
  printTable('From an end or a change until it holds for those who are in', 'ms median', rows);
}

/** From the answer to what ends a session until its socket is closed. */
async function socketCloses(product: ProductAddress, end: (user: TestUser) => Promise<unknown>): Promise<number> {
  const user = await makeUser(product);
  const messages = user.graph.subscribe('subscription { agentEvents { cursor } }');
  await messages.next();
  await end(user);
  const begun = performance.now();
  await messages.next().catch(() => undefined);
  const took = performance.now() - begun;
  messages.close();
  return took;
}

/** From the answer to a change until the first request that is refused; the one before was let through. */
async function refusedAfter(client: GraphClient, code: string, change: () => Promise<unknown>): Promise<number> {
  const ask = async () => (await client.ask('{ agents(first: 1) { nodes { id } } }')).errors[0]?.extensions?.code;
  if (await ask()) throw new Error('It was refused before.');
  await change();
  const begun = performance.now();
  while (performance.now() - begun < GIVE_UP_MS) {
    if ((await ask()) === code) return performance.now() - begun;
  }
  throw new Error(`not ${code} within ${GIVE_UP_MS} ms`);
}
