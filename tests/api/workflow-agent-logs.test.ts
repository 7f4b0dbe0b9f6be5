import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import {
  agentStep,
  createWorkflow,
  executeWorkflow,
  executionEnds,
  FAST,
  registerAgent,
  showExecution,
} from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let service: HttpDouble;
let goOn: () => void;

beforeAll(async () => {
  user = await makeUser(product);
  service = await HttpDouble.start((call, response) => {
    if (call.path === '/fails') {
      sendJson(response, { error: 'no \u001b[31mluck\u0007 \u202Etoday' }, 400);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const log = (line: object) => response.write(`event: log\ndata: ${JSON.stringify(line)}\n\n`);
    log({ level: 'warn', message: 'The \u001b[31mprinter\u0007 is low.', sheets: 3 });
    goOn = () => {
      log({ message: 'Printed.' });
      response.end('event: result\ndata: {"output":"done"}\n\n');
    };
  });
});
afterAll(() => service.stop());

interface Line {
  readonly seq: number;
  readonly stepId: string | null;
  readonly attempt: number | null;
  readonly level: string;
  readonly source: string;
  readonly message: string;
  readonly data: object | null;
}

const LINE = '{ seq stepId attempt level source message data agentExecution { id } }';

const begin = async (path: string) => {
  const http = { url: `${service.url}${path}` };
  const agentId = await registerAgent(user.graph, {
    name: unique('http'),
    type: 'Remote',
    kind: 'HTTP',
    http,
    ...FAST,
  });
  const workflowId = await createWorkflow(user.graph, { steps: [agentStep('print', agentId, { retryCount: 0 })] });
  return executeWorkflow(user.graph, workflowId);
};

test('what an agent says is in the logs while its step still runs, and live', async () => {
  const id = await begin('/prints');
  const live: Line[] = [];
  const following = (async () => {
    const query = `subscription ($id: ID!) { workflowExecutionLogs(id: $id) { lines ${LINE} } }`;
    for await (const { workflowExecutionLogs } of user.graph.subscribe<{ workflowExecutionLogs: { lines: Line[] } }>(
      query,
      { id },
    ))
      live.push(...workflowExecutionLogs.lines);
  })();
  const said = () => live.filter(({ source }) => source === 'AGENT');
  await until('the agent is heard', () => said().length === 1);
  expect(await showExecution(user.graph, id)).toMatchObject({ status: 'RUNNING' });
  expect(said()[0]).toMatchObject({
    ...{ stepId: 'print', attempt: 1, level: 'WARN', data: { sheets: 3 } },
    message: 'The \uFFFD[31mprinter\uFFFD is low.',
    agentExecution: { id: expect.any(String) },
  });
  goOn();
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED' });
  await following;
  const { workflowExecution } = await user.graph.query<{ workflowExecution: { logs: { nodes: Line[] } } }>(
    `query ($id: ID!) { workflowExecution(id: $id) { logs(filter: { sources: [AGENT] }) { nodes ${LINE} } } }`,
    { id },
  );
  expect(workflowExecution.logs.nodes.map(({ message, level }) => [level, message])).toEqual([
    ['WARN', 'The \uFFFD[31mprinter\uFFFD is low.'],
    ['INFO', 'Printed.'],
  ]);
});

test('the error of an execution has no characters that a terminal obeys', async () => {
  const id = await begin('/fails');
  await executionEnds(user.graph, id);
  const { workflowExecution } = await user.graph.query<{ workflowExecution: { error: { message: string } } }>(
    'query ($id: ID!) { workflowExecution(id: $id) { error { message } } }',
    { id },
  );
  const { message } = workflowExecution.error;
  expect(message).toContain('luck');
  expect(message).not.toMatch(/[^\P{Cc}\n\t]|[\u202A-\u202E]/u);
});
