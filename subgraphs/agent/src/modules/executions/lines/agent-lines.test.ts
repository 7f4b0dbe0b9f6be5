import type { Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { HttpDouble } from '@flowmesh/platform/testing';
import { A2aPeer } from '../../../testing/a2a-peer.ts';
import {
  MEMBER_SCOPES,
  prepareAgents,
  userOf,
  type AgentProcess,
  type AgentUnderTest,
} from '../../../testing/agent-under-test.ts';
import { McpPeer } from '../../../testing/mcp-peer.ts';
import { executed, registered } from '../../../testing/operations.ts';

const owner = userOf('owner');
const SECRET = 'a-key-of-the-agent';
/** As a step of a workflow asks. */
const step = (): Viewer => ({
  ...{ kind: 'service', service: 'workflow', userId: 'owner', scopes: MEMBER_SCOPES, roleIds: [] },
  ...{ workflowId: newId(), workflowExecutionId: newId() },
});

let agents: AgentUnderTest;
let one: AgentProcess;
let mcp: McpPeer;
let a2a: A2aPeer;
let http: HttpDouble;

beforeAll(async () => {
  agents = await prepareAgents();
  one = await agents.process();
  [mcp, a2a, http] = await Promise.all([
    McpPeer.start(),
    A2aPeer.start(),
    HttpDouble.start((_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const log = (data: string) => response.write(`event: log\ndata: ${data}\n\n`);
      log('begun');
      log(JSON.stringify({ level: 'error', message: `the key ${SECRET} is \u001b[31mrefused`, code: 7, key: SECRET }));
      response.write('data: text\n\n');
      response.end('event: result\ndata: {"output":"done"}\n\n');
    }),
  ]);
}, 60_000);
afterAll(async () => {
  await agents.stop();
  await Promise.all([mcp.stop(), a2a.stop(), http.stop()]);
}, 30_000);

interface Line {
  readonly level: string;
  readonly message: string;
  readonly data?: object;
  readonly origin: string;
  readonly time: string;
}

async function linesOf(agent: object, input: unknown, viewer = step()): Promise<Line[]> {
  const id = await registered(one, owner, agent);
  const idempotencyKey = `${newId()}:step:1.0`;
  const execution = await executed(one, viewer, id, { input, idempotencyKey, wait: true, waitTimeoutSeconds: 20 });
  const { rows } = await agents.pool.query<{ type: string; payload: { idempotencyKey: string; lines: Line[] } }>(
    `select type, payload from outbox_events where payload ->> 'executionId' = $1 order by id`,
    [execution.id],
  );
  const said = rows.filter(({ type }) => type === 'agent.execution.said');
  expect(said.every(({ payload }) => payload.idempotencyKey === idempotencyKey)).toBe(true);
  // The end comes after all that was said.
  if (said.length > 0) expect(rows.at(-1)?.type).toBe('agent.executed');
  return said.flatMap(({ payload }) => payload.lines);
}

const told = (lines: readonly Line[]) => lines.map(({ level, message, data }) => [level, message, data]);

test('an HTTP agent writes lines with events of its stream; its secrets are masked', async () => {
  const agent = { kind: 'HTTP', http: { url: http.url, headers: { 'x-key': SECRET } } };
  const lines = await linesOf(agent, {});
  expect(told(lines)).toEqual([
    ['INFO', 'begun', undefined],
    [
      'ERROR',
      expect.stringMatching(/^the key (?!a-key).+ is \uFFFD\[31mrefused$/),
      { code: 7, key: expect.any(String) },
    ],
  ]);
  expect(JSON.stringify(lines)).not.toContain(SECRET);
  expect(new Set(lines.map(({ origin }) => origin)).size).toBe(2);
});

test('an MCP server tells its progress, and logs', async () => {
  expect(told(await linesOf({ kind: 'MCP', mcp: { url: mcp.url, tool: 'tell' } }, {}))).toEqual([
    ['INFO', 'half of it', undefined],
    ['WARN', 'low on paper', { sheets: 3 }],
  ]);
});

test('an A2A agent tells its state', async () => {
  expect(told(await linesOf({ kind: 'A2A', a2a: { cardUrl: a2a.cardUrl } }, 'tell'))).toEqual([
    ['INFO', 'I begin.', undefined],
  ]);
});

test('whoever is no step of a workflow has no logs', async () => {
  expect(await linesOf({ kind: 'MCP', mcp: { url: mcp.url, tool: 'tell' } }, {}, owner)).toEqual([]);
});
