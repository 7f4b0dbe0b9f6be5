import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { sql } from '../harness/databases.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const CONTEXTS = 10;
const LAYERS_OF_EACH = 4;
const ALL = CONTEXTS * LAYERS_OF_EACH;

let topology: Topology;
let user: TestUser;
let model: HttpDouble;
/** Answers that are held back, while they are. */
let held: (() => void)[] | null = [];

/** A vector of length 1 of a text that ends in `<n> <at>`: in the direction of these numbers. */
function vectorOf(text: string): number[] {
  const [n, at] = text
    .match(/\d+ \d+$/)![0]
    .split(' ')
    .map((part) => Number(part) + 1) as [number, number];
  const length = Math.hypot(n, at);
  return [n / length, at / length];
}

beforeAll(async () => {
  model = await HttpDouble.start((call, response) => {
    const { input } = JSON.parse(call.body) as { input: string[] };
    const data = input.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) }));
    const answer = () => sendJson(response, { object: 'list', data, model: 'm', usage: { prompt_tokens: 1 } });
    if (held) held.push(answer);
    else answer();
  });
  topology = await startTopology({
    domains: ['auth', 'context'],
    env: { CONTEXT_EMBEDDING_URL: `${model.url}/v1`, CONTEXT_EMBEDDING_MODEL: 'm' },
  });
  user = await makeUser(topology);
}, 120_000);
afterAll(async () => {
  await topology?.stop();
  await model?.stop();
}, 60_000);

async function createContexts() {
  const mutation = `mutation ($input: CreateContextInput!) {
    createContext(input: $input) { ... on CreateContextSuccess { context { id } } }
  }`;
  for (let n = 0; n < CONTEXTS; n += 1) {
    const layers = Array.from({ length: LAYERS_OF_EACH }, (_, at) => ({
      layerType: 'x',
      data: { text: `${n} ${at}` },
    }));
    await user.graph.mutate(mutation, { input: { name: unique('embedded'), type: 'x', layers } });
  }
}

const count = async (what: string) => {
  const rows = await sql<{ count: number }>(
    topology,
    'context',
    `select count(*)::int as count from context_layers l join context_embeddings e on e.layer_id = l.id where ${what}`,
  );
  return rows[0]!.count;
};

/** Claims of the killed run out: it is not waited for. */
const claimsRunOut = () =>
  sql(topology, 'context', 'update context_embeddings set due_at = now() where model is null and claim is not null');
/** Calls of the model are given up and made again after a while, so claims say who works, and calls do not. */
const claims = async () => {
  const rows = await sql<{ count: number }>(
    topology,
    'context',
    'select count(distinct claim)::int as count from context_embeddings where due_at > now()',
  );
  return rows[0]!.count;
};
/** Others use the machine, too. */
const PATIENCE = { timeoutMs: 90_000, everyMs: 100 };

test('workers are killed amid embeddings: in the end every passage is embedded, and is there once', async () => {
  await createContexts();
  await until('the worker waits for the model', () => held!.length > 0, PATIENCE);
  await Promise.all(topology.workers.map((worker) => worker.kill()));
  await claimsRunOut();
  const [killed] = await Promise.all([topology.startWorker('context'), topology.startWorker('context')]);
  await until('two workers wait for the model', async () => (await claims()) === 2, PATIENCE);
  await killed.kill();
  for (const answer of held!) answer();
  held = null;
  const embedded = async () => {
    await claimsRunOut();
    return (await count('e.model is not null')) === ALL;
  };
  await until('the other embeds all', embedded, PATIENCE);
  expect(await count('e.version = l.version and e.claim is null')).toBe(ALL);
  const chunks = await sql<{ text: string; embedding: number[] }>(
    topology,
    'context',
    `select l.search_text as text, c.embedding from context_layers l join context_layer_chunks c on c.layer_id = l.id`,
  );
  expect(chunks).toHaveLength(ALL);
  expect(new Set(chunks.map(({ text }) => text)).size).toBe(ALL);
  for (const { text, embedding } of chunks) {
    const [n, at] = vectorOf(text);
    expect(embedding).toEqual([expect.closeTo(n!, 5), expect.closeTo(at!, 5)]);
  }
}, 300_000);
