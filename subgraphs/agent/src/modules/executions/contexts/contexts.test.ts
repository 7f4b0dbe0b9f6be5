import { unavailable } from '@flowmesh/platform/errors';
import type { SubgraphSource } from '@flowmesh/platform/federation';
import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import { prepareAgents, userOf, type AgentProcess, type AgentUnderTest } from '../../../testing/agent-under-test.ts';
import { execute, register } from '../../../testing/operations.ts';

/** One context that everybody may read, in a service that can be away. */
let away = 0;
const reads: unknown[] = [];
const contexts: SubgraphSource = {
  name: 'context',
  async execute({ query, variables = {} }) {
    if (query.includes('FindContext')) return { data: { context: { version: 3, status: 'ACTIVE', access: 'READ' } } };
    reads.push(variables['version']);
    away -= 1;
    if (away >= 0) return { data: null, errors: [unavailable('Not now.')] };
    return { data: { context: { resolved: { value: { n: 1 } } } } };
  },
  subscribe: () => Promise.reject(new Error('not here')),
  close: async () => undefined,
};

let agents: AgentUnderTest;
let one: AgentProcess;
let service: HttpDouble;
beforeAll(async () => {
  agents = await prepareAgents(new Map([['context', contexts]]));
  one = await agents.process();
  service = await HttpDouble.start((_call, response) => sendJson(response, { ok: true }));
}, 60_000);
afterAll(async () => {
  await service.stop();
  await agents.stop();
}, 30_000);

const user = userOf('starter', ['agent:read', 'agent:write', 'agent:execute', 'context:read']);

test('while the context service is away an execution waits for it, and no attempt is spent', async () => {
  const input = { name: 'reader', type: 'Http', kind: 'HTTP', http: { url: service.url } };
  const { agent } = await register(one, user, input);
  away = 2;
  const { execution } = await execute(one, user, { agentId: agent!.id, contextId: 'c', maxAttempts: 1, wait: true });
  expect(execution).toMatchObject({ status: 'COMPLETED', attempts: 1, error: null });
  expect(reads).toEqual([3, 3, 3]);
  expect(JSON.parse(service.calls[0]!.body)).toMatchObject({ context: { id: 'c', version: 3, value: { n: 1 } } });
}, 30_000);
