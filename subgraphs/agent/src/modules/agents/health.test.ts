import { createLogger } from '@flowmesh/platform/logging';
import { createAddressRules, createGuardedHttp } from '@flowmesh/platform/http';
import { HttpDouble } from '@flowmesh/platform/testing';
import { prepareAgents, userOf, type AgentProcess, type AgentUnderTest } from '../../testing/agent-under-test.ts';
import { execute, registered, update } from '../../testing/operations.ts';
import { checkAgents } from './health-checks.ts';
import { askHttp } from './health-probes.ts';
import { HealthStore, type CheckedAgent } from './health-store.ts';

const owner = userOf('owner');
const logger = createLogger({ level: 'silent', name: 'test' });
const http = createGuardedHttp({ rules: createAddressRules(['127.0.0.1']) });
let agents: AgentUnderTest;
let process: AgentProcess;
let status = 200;
let service: HttpDouble;

beforeAll(async () => {
  agents = await prepareAgents();
  // Checks are done by hand here.
  process = await agents.process({ worker: false });
  service = await HttpDouble.start(({ response }) => response.writeHead(status).end());
}, 60_000);
afterAll(async () => {
  await service.stop();
  await http.close();
  await agents.stop();
}, 30_000);

async function check(answer: number): Promise<void> {
  status = answer;
  await agents.pool.query(
    `update agents set health_checked_at = now() - interval '1 minute' where status <> 'INACTIVE'`,
  );
  const probes = { HTTP: (agent: CheckedAgent) => askHttp(http, agent), MCP: async () => null, A2A: async () => null };
  await checkAgents({ store: new HealthStore(agents.pool), probes, logger, published: () => undefined });
}

test('a check that fails unexpectedly is the result of its agent; the others go on', async () => {
  const settings = { kind: 'HTTP', http: { url: service.url } };
  // More than are checked at once.
  const wrong = await Promise.all(Array.from({ length: 21 }, () => registered(process, owner, settings)));
  const well = await registered(process, owner, settings);
  const HTTP = async ({ id }: CheckedAgent) => {
    if (wrong.includes(id)) throw new Error('boom');
    return null;
  };
  const probes = { HTTP, MCP: HTTP, A2A: HTTP };
  await checkAgents({ store: new HealthStore(agents.pool), probes, logger, published: () => undefined });
  for (const id of wrong) {
    expect(await health(id)).toMatchObject({
      health: { state: 'UNHEALTHY', lastError: 'The check failed unexpectedly.' },
    });
  }
  expect(await health(well)).toMatchObject({ health: { state: 'HEALTHY' } });
});

const QUERY = 'query Q($id: ID!) { agent(id: $id) { status version health { state consecutiveFailures lastError } } }';
const health = async (id: string) => (await process.ask<{ agent: object }>(owner, QUERY, { id })).agent;

test('three failures in a row switch an agent to ERROR, a success back; INACTIVE stays', async () => {
  const settings = { kind: 'HTTP', http: { url: service.url, healthUrl: `${service.url}/health` } };
  const id = await registered(process, owner, settings);
  const off = await registered(process, owner, settings);
  await update(process, owner, { id: off, status: 'INACTIVE' });
  expect(await health(id)).toMatchObject({ status: 'ACTIVE', health: { state: 'UNKNOWN' } });
  await check(503);
  await check(503);
  expect(await health(id)).toMatchObject({ status: 'ACTIVE', health: { state: 'UNHEALTHY', consecutiveFailures: 2 } });
  await check(503);
  expect(await health(id)).toEqual({
    status: 'ERROR',
    version: 1,
    health: { state: 'UNHEALTHY', consecutiveFailures: 3, lastError: 'answered 503' },
  });
  expect(await execute(process, owner, { agentId: id })).toMatchObject({ code: 'AGENT_UNAVAILABLE' });
  await check(200);
  expect(await health(id)).toEqual({
    status: 'ACTIVE',
    version: 1,
    health: { state: 'HEALTHY', consecutiveFailures: 0, lastError: null },
  });
  expect(await health(off)).toMatchObject({ status: 'INACTIVE', health: { state: 'UNKNOWN' } });
  const { rows } = await agents.pool.query(
    `select payload->>'status' as status from outbox_events where stream = $1 and type = 'agent.updated' order by id`,
    [`agent:${id}`],
  );
  expect(rows).toEqual([{ status: 'ERROR' }, { status: 'ACTIVE' }]);
  expect(service.calls.every(({ method, path }) => method === 'GET' && path === '/health')).toBe(true);
});
