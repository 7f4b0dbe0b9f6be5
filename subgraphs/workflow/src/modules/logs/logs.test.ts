import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import { startWorkflow, user, type WorkflowHarness } from '../../testing/workflow-harness.ts';

let workflow: WorkflowHarness;
beforeAll(async () => {
  workflow = await startWorkflow();
});
afterAll(() => workflow.stop());

const ann = user('ann');

interface Line {
  readonly seq: number;
  readonly stepId: string | null;
  readonly attempt: number | null;
  readonly level: string;
  readonly source: string;
  readonly message: string;
  readonly data: Record<string, unknown> | null;
}

async function begin(steps: readonly object[], viewer = ann, input: unknown = null): Promise<string> {
  const create = `mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) {
    ... on CreateWorkflowSuccess { workflow { id } } ... on InvalidWorkflowError { problems { path message } } } }`;
  const { createWorkflow } = await workflow.ask<{ createWorkflow: { workflow: { id: string } } }>(viewer, create, {
    input: { name: newId(), steps },
  });
  expect(createWorkflow).toEqual({ workflow: { id: expect.any(String) } });
  const execute = `mutation ($id: ID!, $input: JSON) { executeWorkflow(input: { workflowId: $id, input: $input }) {
    ... on ExecuteWorkflowSuccess { execution { id } } } }`;
  const { executeWorkflow } = await workflow.ask<{ executeWorkflow: { execution: { id: string } } }>(viewer, execute, {
    id: createWorkflow.workflow.id,
    input,
  });
  return executeWorkflow.execution.id;
}

const ended = (id: string) =>
  until('the execution has ended', async () => {
    const { rows } = await workflow.pool.query('select completed_at from workflow_executions where id = $1', [id]);
    return rows[0].completed_at as Date | null;
  });

interface Page {
  readonly nodes: Line[];
  readonly totalCount: number;
  readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
}

async function logs(id: string, args = '', variables: object = {}): Promise<Page> {
  const { workflowExecution } = await workflow.ask<{ workflowExecution: { logs: Page } }>(
    ann,
    `query ($id: ID!) { workflowExecution(id: $id) { logs${args} {
      nodes { seq stepId attempt level source message data } totalCount pageInfo { endCursor hasNextPage } } } }`,
    { id, ...variables },
  );
  return workflowExecution.logs;
}

const say = ({ stepId, level, message }: Line) => `${level} ${stepId ?? '-'} ${message}`;
const transform = (id: string, expression: string, more: object = {}) => ({
  id,
  stepType: 'TRANSFORM',
  config: { expression },
  ...more,
});

test('what the engine does is told in order: attempts, skips and the end', async () => {
  const steps = [
    transform('a', '1'),
    transform('b', '2', { dependencies: ['a'], onSkip: 'SKIP_FOLLOWERS', condition: 'input.on == true' }),
    transform('c', '3', { dependencies: ['b'] }),
  ];
  const id = await begin(steps, ann, { on: false });
  await ended(id);
  const { nodes, totalCount } = await logs(id);
  expect(nodes.map(say)).toEqual([
    'INFO a Attempt 1 has begun.',
    'INFO a Completed.',
    'INFO b Skipped, as its condition is false.',
    'INFO c Skipped, as no step that has run leads to it.',
    'INFO - Completed.',
  ]);
  expect(totalCount).toBe(5);
  expect(nodes.map(({ seq, attempt, source }) => [seq, attempt, source])).toEqual([
    [1, 1, 'ENGINE'],
    [2, 1, 'ENGINE'],
    [3, null, 'ENGINE'],
    [4, null, 'ENGINE'],
    [5, null, 'ENGINE'],
  ]);
});

test('lines are selected by step, level, text and time, and paged in both directions', async () => {
  const id = await begin([transform('a', '1'), transform('broken', '$number("x")', { dependencies: ['a'] })]);
  await ended(id);
  const all = (await logs(id)).nodes;
  expect(all.filter(({ level }) => level === 'ERROR').map(({ stepId }) => stepId)).toEqual(['broken', null]);
  const seqs = async (args: string) => (await logs(id, args)).nodes.map(({ seq }) => seq);
  expect(await seqs('(filter: { level: WARN })')).toEqual([4, 5]);
  expect(await seqs('(filter: { stepId: "a" })')).toEqual([1, 2]);
  expect(await seqs('(filter: { text: "ATTEMPT 1 has be" })')).toEqual([1, 3]);
  expect(await seqs('(filter: { text: "%" })')).toEqual([]);
  expect(await seqs('(filter: { sources: [MODEL] })')).toEqual([]);
  expect(await seqs('(filter: { since: "2999-01-01T00:00:00Z" })')).toEqual([]);
  expect(await seqs('(filter: { until: "2999-01-01T00:00:00Z" }, first: 2)')).toEqual([1, 2]);
  const { pageInfo } = await logs(id, '(first: 2, orderBy: { direction: DESC })');
  expect(await seqs(`(first: 2, after: "${pageInfo.endCursor}", orderBy: { direction: DESC })`)).toEqual([3, 2]);
});

test('a filter that cannot be is a mistake of the client, in a list of executions too', async () => {
  await begin([transform('a', '1')], ann);
  const list = `{ workflowExecutions(first: 2) { nodes { logs(filter: { text: "" }) { totalCount } } } }`;
  await expect(workflow.ask(ann, list)).rejects.toThrow('filter.text: must not be empty');
});

test('what is beyond the limit is counted, and the last line says how much that is', async () => {
  const id = await begin([
    transform('a', '1'),
    { id: 'wait', stepType: 'WAIT_FOR_EVENT', config: { event: 'go', timeoutSeconds: 600 } },
  ]);
  await until('the first step is done', async () => (await logs(id)).totalCount === 4);
  await workflow.pool.query('update workflow_executions set log_seq = 9997 where id = $1', [id]);
  const send = `mutation ($id: ID!) { cancelWorkflowExecution(input: { id: $id }) { __typename } }`;
  await workflow.ask(ann, send, { id });
  await until('it is cancelled', async () => (await logs(id)).totalCount > 4);
  // One step is cancelled, and the execution: within the limit still. Its retry goes beyond.
  expect((await logs(id, '(filter: { level: WARN })')).nodes.map(say)).toEqual([
    'WARN - Cancelled: The execution was cancelled.',
  ]);
  await workflow.ask(ann, `mutation ($id: ID!) { retryWorkflowExecution(input: { id: $id }) { __typename } }`, { id });
  await until('it waits again', async () => {
    const { rows } = await workflow.pool.query('select log_seq from workflow_executions where id = $1', [id]);
    return rows[0].log_seq === 10_002;
  });
  const { nodes, totalCount } = await logs(id, '(first: 1, orderBy: { direction: DESC })');
  expect(totalCount).toBe(7);
  expect(nodes).toEqual([
    {
      ...{ seq: 10_000, stepId: null, attempt: null, level: 'WARN', source: 'ENGINE' },
      message: 'Lines that were not kept, as the logs are full: 3',
      data: { dropped: 3 },
    },
  ]);
});

async function subscribe(id: string, after?: string, viewer = ann) {
  const query = `subscription ($id: ID!, $after: String) { workflowExecutionLogs(id: $id, after: $after) {
    cursor lines { seq message } } }`;
  const stream = await workflow.source.subscribe({ query, variables: { id, after } }, { viewer, requestId: 'test' });
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream.errors));
  return stream;
}

async function seen(id: string, after?: string, most = Infinity) {
  const messages: { cursor: string; lines: { seq: number; message: string }[] }[] = [];
  for await (const { data, errors } of await subscribe(id, after)) {
    if (errors) throw new Error(errors[0]?.message);
    messages.push((data as { workflowExecutionLogs: (typeof messages)[number] }).workflowExecutionLogs);
    if (messages.length >= most) break;
  }
  return messages;
}

test('live: each line once and in order, also when the connection comes and goes', async () => {
  const chain = Array.from({ length: 200 }, (_, n) => transform(`s${n}`, 'input'));
  const id = await begin(chain);
  const seqs: number[] = [];
  let after: string | undefined = '0';
  for (;;) {
    const messages = await seen(id, after, 2);
    seqs.push(...messages.flatMap(({ lines }) => lines.map(({ seq }) => seq)));
    after = messages.at(-1)?.cursor ?? after;
    if (messages.at(-1)?.lines.at(-1)?.message === 'Completed.' && seqs.length >= 401) break;
  }
  expect(seqs).toEqual(Array.from({ length: 401 }, (_, n) => n + 1));
  // Afterwards: the last 100; behind the last line: nothing.
  expect((await seen(id)).map(({ cursor, lines }) => [cursor, lines.length, lines[0]?.seq])).toEqual([
    ['401', 100, 302],
  ]);
  expect(await seen(id, '401')).toEqual([]);
});

test('live: refuses what may not be seen, and cursors that cannot be', async () => {
  const id = await begin([transform('a', '1')]);
  await ended(id);
  await expect(subscribe(id, undefined, user('bob'))).rejects.toThrow('no such execution');
  await expect(subscribe(id, 'x')).rejects.toThrow('after');
  await expect(subscribe(id, '999')).rejects.toThrow('after');
});

describe('with parts', () => {
  const QUERY = `query ($id: ID!, $first: Int, $after: String, $stepId: ID) {
    workflowExecution(id: $id) {
      logs(includeParts: true, first: $first, after: $after, filter: { stepId: $stepId }) {
        nodes { id seq time stepId execution { id itemIndex } } totalCount pageInfo { endCursor hasNextPage } } } }`;
  interface Part {
    readonly id: string;
    readonly seq: number;
    readonly time: string;
    readonly execution: { readonly id: string; readonly itemIndex: number | null };
  }
  interface PartsPage {
    readonly nodes: Part[];
    readonly totalCount: number;
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
  }
  const page = async (id: string, variables: object, viewer = ann): Promise<PartsPage | undefined> => {
    const { workflowExecution } = await workflow.ask<{ workflowExecution: { logs: PartsPage } | null }>(viewer, QUERY, {
      id,
      ...variables,
    });
    return workflowExecution?.logs;
  };

  const inner = { id: 'inner', stepType: 'FOR_EACH', config: { items: '[1, 2]', steps: [transform('x', 'item')] } };
  const outer = { id: 'outer', stepType: 'FOR_EACH', config: { items: '[1, 2, 3]', steps: [inner] } };

  test('lines of parts at any depth are one list in the order of their times, paged without gaps', async () => {
    const id = await begin([outer]);
    await ended(id);
    const found: Part[] = [];
    let after: string | undefined;
    for (;;) {
      const { nodes, pageInfo, totalCount } = (await page(id, { first: 7, after }))!;
      found.push(...nodes);
      after = pageInfo.endCursor;
      if (pageInfo.hasNextPage) continue;
      expect(found).toHaveLength(totalCount);
      break;
    }
    expect(new Set(found.map((line) => line.id)).size).toBe(found.length);
    // The execution, three items, and two in each of them.
    expect(new Set(found.map(({ execution }) => execution.id)).size).toBe(10);
    const times = found.map(({ time }) => time);
    expect(times).toEqual(times.toSorted());
    for (const executionId of new Set(found.map(({ execution }) => execution.id))) {
      const own = found.filter(({ execution }) => execution.id === executionId);
      expect(own.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(own.map((_, n) => n + 1));
    }
    const ofX = (await page(id, { first: 100, stepId: 'x' }))!;
    expect(ofX.totalCount).toBe(12);
    expect(new Set(ofX.nodes.map(({ execution }) => execution.itemIndex))).toEqual(new Set([0, 1]));
    // Its own list is as before.
    expect((await logs(id)).nodes.every(({ stepId }) => stepId === null || stepId === 'outer')).toBe(true);
    // A part has its own lines alone.
    const part = found.find(({ execution }) => execution.itemIndex !== null)!.execution.id;
    const ofPart = (await page(part, { first: 100 }))!.nodes;
    expect(new Set(ofPart.map(({ execution }) => execution.id))).toEqual(new Set([part]));
  });

  test('whoever may not see the execution sees nothing of its parts', async () => {
    const id = await begin([outer]);
    await ended(id);
    expect(await page(id, {}, user('bob'))).toBeUndefined();
  });
});
