import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createAddressRules, createGuardedHttp } from '@flowmesh/platform/http';
import { createKeyRing, createSecretBox } from '@flowmesh/platform/secrets';
import { ENCRYPTION_KEY, silent } from '@flowmesh/platform/subgraph-testing';
import { until } from '@flowmesh/platform/testing';
import { prepareAgents, userOf, type AgentProcess, type AgentUnderTest } from '../../testing/agent-under-test.ts';
import { McpPeer } from '../../testing/mcp-peer.ts';
import { executed, register, registered, shown, stop, update } from '../../testing/operations.ts';
import { A2aAgents } from '../a2a/a2a-agents.ts';
import { AgentSecrets } from '../agents/agent-secrets.ts';
import { checkAgents } from '../agents/health-checks.ts';
import { createProbes } from '../agents/health-probes.ts';
import { HealthStore } from '../agents/health-store.ts';
import { McpServers } from './mcp-servers.ts';
import { McpToolStore } from './mcp-tool-store.ts';

const owner = userOf('owner');
const ONCE = { maxAttempts: 1, initialDelayMs: 0, maxDelayMs: 0, multiplier: 1 };
const sdk = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/sdk/server/index.js'));
/** A server of the examples of the official SDK. */
const example = (name: string) => join(sdk, '../examples/server', `${name}.js`);
/** Says who it is, and ends neither with its input nor when it is asked to. */
const STUBBORN = `process.on('SIGTERM', () => {}); console.error('pid', process.pid); setInterval(() => {}, 1000);`;

let agents: AgentUnderTest;
let one: AgentProcess;
let peer: McpPeer;

beforeAll(async () => {
  const node = (...args: string[]) => ({ command: process.execPath, args });
  const servers = {
    counting: node(example('progressExample')),
    weather: node(example('mcpServerOutputSchema')),
    broken: node('-e', 'console.error("no licence found"); process.exit(3)'),
    env: { ...node('-e', 'console.error(Object.keys(process.env).sort().join())'), env: { MODE: 'read' } },
    stubborn: node('-e', STUBBORN),
  };
  agents = await prepareAgents(new Map(), { MCP_SERVERS: JSON.stringify(servers), MCP_SERVERS_AT_ONCE: '2' });
  one = await agents.process();
  peer = await McpPeer.start();
}, 60_000);
afterAll(async () => {
  await agents.stop();
  await peer.stop();
}, 30_000);
afterEach(() => (peer.instead = null));

const agent = (mcp: object, more: object = {}) =>
  registered(one, owner, { kind: 'MCP', mcp, retryPolicy: ONCE, ...more });
const done = async (agentId: string, input?: unknown) =>
  executed(one, owner, agentId, { ...(input === undefined ? {} : { input }), wait: true, waitTimeoutSeconds: 20 });

describe('by streamable HTTP', () => {
  test('a tool is given the input, and its structured result is the output', async () => {
    const id = await agent({ url: peer.url, tool: 'add', headers: { Authorization: 'Bearer of-the-agent' } });
    expect(await done(id, { a: 2, b: 3 })).toMatchObject({
      status: 'COMPLETED',
      output: { sum: 5 },
      outputText: '5',
      attempts: 1,
    });
    expect(new Set(peer.authorization)).toEqual(new Set(['Bearer of-the-agent']));
    await until('the session has been ended', () => peer.open === 0);
  });

  test('arguments that do not fit are told with their path, and no tool is called', async () => {
    const one = await agent({ url: peer.url, tool: 'add' });
    const { error } = await done(one, { a: 2, b: 'three' });
    expect(error).toEqual({
      code: 'INVALID_INPUT',
      message: 'The arguments do not fit the tool: input.b must be number',
      retryable: false,
    });
    const all = await agent({ url: peer.url });
    expect(await done(all, { tool: 'add', arguments: { a: 1, b: 1 } })).toMatchObject({ output: { sum: 2 } });
    expect((await done(all, { tool: 'add', arguments: { a: 1 } })).error?.message).toBe(
      'The arguments do not fit the tool: input.arguments.b is required',
    );
    expect((await done(all, { tool: 'subtract' })).error).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'The MCP server has no tool "subtract"; it has add, deep, fail, wait, tell, large.',
    });
    expect((await done(all, 'add')).error?.message).toBe(
      'input.tool is required: the name of a tool, see Agent.mcpTools',
    );
  });

  test('what goes wrong is told as what it is', async () => {
    const fails = await done(await agent({ url: peer.url, tool: 'fail' }));
    expect(fails.error).toEqual({ code: 'AGENT_CODE', message: 'No luck today.', retryable: false });
    const large = await done(await agent({ url: peer.url, tool: 'large' }));
    expect(large.error).toMatchObject({ code: 'TOO_LARGE' });
    const deep = await done(await agent({ url: peer.url, tool: 'deep' }));
    expect(deep.error).toMatchObject({ code: 'INVALID_OUTPUT', message: expect.stringContaining('200 deep') });
    const id = await agent({ url: peer.url, tool: 'add' });
    peer.instead = { status: 503, body: 'come back later' };
    expect((await done(id, { a: 1, b: 1 })).error).toMatchObject({ code: 'HTTP_STATUS', retryable: true });
    peer.instead = { status: 200, body: '{"hello": "world"}' };
    expect((await done(id, { a: 1, b: 1 })).error).toMatchObject({ code: 'INVALID_OUTPUT', retryable: false });
    peer.instead = { status: 200, body: ': nothing follows\n\n', type: 'text/event-stream' };
    expect((await done(id, { a: 1, b: 1 })).error).toMatchObject({ code: 'CONNECTION', retryable: true });
  });

  test('its progress is shown while it works; stopping cancels the call and closes the connection within a second', async () => {
    const id = await agent({ url: peer.url, tool: 'wait' });
    const { id: executionId } = await executed(one, owner, id);
    await until('progress', async () => (await shown(one, owner, executionId))?.outputText === 'half of it\n');
    const before = { cancelled: peer.cancelled, at: performance.now() };
    await stop(one, owner, { id: executionId });
    await until('cancelled at the far end', () => peer.cancelled === before.cancelled + 1, { timeoutMs: 5_000 });
    await until('the session has been ended', () => peer.open === 0, { timeoutMs: 5_000 });
    expect(performance.now() - before.at).toBeLessThan(3_000);
    expect(await shown(one, owner, executionId)).toMatchObject({ status: 'STOPPED', output: null });
  });

  test('an attempt that takes too long is cancelled, too; streams of answers before may end meanwhile', async () => {
    const id = await agent({ url: peer.url, tool: 'wait' }, { timeoutSeconds: 3 });
    const before = peer.cancelled;
    expect((await done(id)).error).toMatchObject({ code: 'TIMEOUT', retryable: true });
    await until('cancelled at the far end', () => peer.cancelled === before + 1);
  });

  test('a server of the examples of the SDK, as a process', async () => {
    const port = await freePort();
    const server = spawn(process.execPath, [example('simpleStreamableHttp')], {
      env: { MCP_PORT: String(port) },
      stdio: 'ignore',
    });
    try {
      const id = await agent({ url: `http://127.0.0.1:${port}/mcp` }, { retryPolicy: { maxAttempts: 10 } });
      const { output } = await done(id, { tool: 'greet', arguments: { name: 'Ada' } });
      expect(output).toEqual({ content: [{ type: 'text', text: 'Hello, Ada!' }] });
    } finally {
      await ended(server);
    }
  });
});

describe('by standard input and output', () => {
  test('servers of the examples of the SDK', async () => {
    const weather = await done(await agent({ server: 'weather', tool: 'get_weather' }), {
      city: 'Bern',
      country: 'CH',
    });
    expect(weather).toMatchObject({ status: 'COMPLETED', output: { wind: { direction: expect.any(String) } } });
    const counted = await done(await agent({ server: 'counting' }), { tool: 'count', arguments: { n: 2 } });
    expect(counted).toMatchObject({ output: { content: [{ type: 'text', text: 'Counted to 2' }] } });
  });

  test('stopping ends the server with all of its processes', async () => {
    const id = await agent({ server: 'counting', tool: 'count' });
    const { id: executionId } = await executed(one, owner, id, { input: { n: 100 } });
    const running = () => processesWith(example('progressExample'));
    await until('it counts', async () => (await shown(one, owner, executionId))?.outputText?.startsWith('Counting: 1'));
    expect(await running()).not.toEqual([]);
    await stop(one, owner, { id: executionId });
    await until('it is gone', async () => (await running()).length === 0, { timeoutMs: 5_000 });
  });

  test('one that does not speak is ended with the time limit; more than allowed wait for a place', async () => {
    const id = await agent({ server: 'stubborn', tool: 'any' }, { timeoutSeconds: 2 });
    const ids = await Promise.all([1, 2, 3].map(async () => (await executed(one, owner, id)).id));
    const running = () => processesWith(STUBBORN);
    let most = 0;
    await until('all have failed', async () => {
      most = Math.max(most, (await running()).length);
      const states = await Promise.all(ids.map((each) => shown(one, owner, each)));
      return states.every((state) => state?.error?.code === 'TIMEOUT');
    });
    expect(most).toBe(2);
    await until('all are gone', async () => (await running()).length === 0);
  });

  test('one that ends is told with what it said; it sees nothing of the environment of the product', async () => {
    const broken = await done(await agent({ server: 'broken', tool: 'any' }));
    expect(broken.error).toMatchObject({ code: 'CONNECTION', message: expect.stringContaining('no licence found') });
    const env = await done(await agent({ server: 'env', tool: 'any' }));
    expect(env.error?.message).toContain('MODE,PATH');
    expect(env.error?.message).not.toContain('INTERNAL_SECRET');
  });

  test('a server does not outlive a product that is killed', async () => {
    // Servers of other tests may be started for a check of their health.
    const own = `${STUBBORN} // of this test`;
    const program = `
      import { McpProcess } from '${join(import.meta.dirname, 'mcp-process.ts')}';
      const server = new McpProcess(${JSON.stringify({ command: process.execPath, args: ['-e', own], env: {} })},
        { memoryMb: 2048, maxMessageBytes: 1024 });
      await server.start();
      console.log('started');
      setInterval(() => undefined, 1_000);`;
    const product = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(product.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('started\n');
    await until('it runs', async () => (await processesWith(own)).length === 1);
    product.kill('SIGKILL');
    await until('it is gone', async () => (await processesWith(own)).length === 0, { timeoutMs: 5_000 });
  });
});

describe('the registry', () => {
  const problems = async (mcp: object) => {
    const { fields } = await register(one, owner, { name: 'wrong', type: 'Test', kind: 'MCP', mcp });
    return fields;
  };

  test('only servers that the operator allows, and either them or an address', async () => {
    expect(await problems({})).toEqual([
      { path: 'mcp.url', message: 'is required, unless `server` names a server that the operator allows' },
    ]);
    expect(await problems({ server: 'rm -rf /' })).toEqual([
      {
        path: 'mcp.server',
        message:
          'must be one of the servers that the operator allows (MCP_SERVERS): "counting", "weather", "broken", "env", "stubborn"',
      },
    ]);
    expect(await problems({ server: 'weather', url: peer.url })).toEqual([
      { path: 'mcp.server', message: 'must be left out when `url` is given' },
    ]);
    expect(await problems({ url: 'http://10.0.0.1/mcp' })).toEqual([
      { path: 'mcp.url', message: expect.stringContaining('leads') },
    ]);
    expect(await problems({ url: peer.url, tool: ' ' })).toEqual([
      { path: 'mcp.tool', message: 'must have 1 to 200 characters' },
    ]);
  });

  const QUERY = `query Q($id: ID!, $first: Int, $after: String) { agent(id: $id) { health { state lastError }
    configuration { ... on McpConfiguration { transport url headers server tool } }
    mcpTools(first: $first, after: $after) { totalCount nodes { name description outputSchema } pageInfo { endCursor } } } }`;
  interface Asked {
    readonly agent: {
      readonly health: { readonly state: string; readonly lastError: string | null };
      readonly configuration: object;
      readonly mcpTools: {
        readonly totalCount: number;
        readonly nodes: readonly { readonly name: string }[];
        readonly pageInfo: { readonly endCursor: string | null };
      };
    };
  }
  const ask = async (id: string, page: object = {}) => (await one.ask<Asked>(owner, QUERY, { id, ...page })).agent;

  /** As workers do every half minute. */
  async function check(): Promise<void> {
    const http = createGuardedHttp({ rules: createAddressRules(['127.0.0.1']) });
    const box = createSecretBox(createKeyRing(ENCRYPTION_KEY));
    const servers = new McpServers(http, { servers: new Map(), atOnce: 1, memoryMb: 2048 });
    const mcp = { servers, tools: new McpToolStore(agents.pool) };
    const probes = createProbes({ http, secrets: new AgentSecrets(box), mcp, a2a: new A2aAgents(http) });
    const store = new HealthStore(agents.pool);
    await agents.pool.query('update agents set health_checked_at = null where health_checked_at is not null');
    await checkAgents({ store, probes, logger: silent, published: () => undefined });
    await http.close();
  }

  test('names that are the same once they are stored are one tool: the one that can be called', async () => {
    const id = await agent({ url: peer.url });
    const tool = (name: string, description: string) => ({
      ...{ name, description, title: null },
      ...{ inputSchema: {}, outputSchema: null },
    });
    const listed = [tool('t1\0', 'before'), tool('t1\ufffd', 'plain'), tool('t1\ud83d', 'after')];
    await new McpToolStore(agents.pool).replace(id, 1, listed);
    expect((await ask(id)).mcpTools.nodes).toEqual([{ name: 't1\ufffd', description: 'plain', outputSchema: null }]);
  });

  test('tools are listed with the health of their server', async () => {
    const id = await agent({ url: peer.url, headers: { 'x-key': 'a secret of the owner' } });
    await check();
    const well = await ask(id, { first: 2 });
    expect(well.health).toEqual({ state: 'HEALTHY', lastError: null });
    expect(well.configuration).toEqual({
      transport: 'STREAMABLE_HTTP',
      url: peer.url,
      headers: { 'x-key': '•••' },
      server: null,
      tool: null,
    });
    expect(well.mcpTools).toMatchObject({
      totalCount: 6,
      nodes: [{ name: 'add', description: 'Adds.' }, { name: 'deep' }],
    });
    const next = await ask(id, { first: 2, after: well.mcpTools.pageInfo.endCursor });
    expect(next.mcpTools.nodes.map(({ name }) => name)).toEqual(['fail', 'large']);
    await update(one, owner, { id, mcp: { url: `${peer.url}/other`, headers: null } });
    expect((await ask(id)).mcpTools.nodes).toEqual([]);
    peer.instead = { status: 401, body: 'no such key: a secret of the owner' };
    await update(one, owner, { id, mcp: { url: peer.url, headers: { 'x-key': 'a secret of the owner' } } });
    await check();
    const { health } = await ask(id);
    expect(health).toMatchObject({ state: 'UNHEALTHY', lastError: expect.stringContaining('answered 401') });
    expect(health.lastError).not.toContain('a secret of the owner');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Processes of servers, by a text of their command line; the shells that started them are none. */
async function processesWith(text: string): Promise<string[]> {
  const list = spawn('ps', ['-eo', 'pid,args', '-ww'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let lines = '';
  for await (const chunk of list.stdout) lines += String(chunk);
  return lines.split('\n').filter((line) => line.includes(text) && !line.includes('/bin/sh') && !line.includes('tsx'));
}
