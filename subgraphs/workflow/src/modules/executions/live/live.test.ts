import { newId } from '@flowmesh/platform/ids';
import { startWorkflow, user, type WorkflowHarness } from '../../../testing/workflow-harness.ts';

let workflow: WorkflowHarness;
beforeAll(async () => {
  workflow = await startWorkflow();
});
afterAll(() => workflow.stop());

const ann = user('ann');

interface Update {
  readonly cursor: string;
  readonly type: string | null;
  readonly stepId: string | null;
  readonly execution: {
    readonly id: string;
    readonly status: string;
    readonly steps: { id: string; status: string }[];
  };
}

async function begin(steps: number, viewer = ann): Promise<string> {
  const create = `mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) {
    ... on CreateWorkflowSuccess { workflow { id } } } }`;
  const chain = Array.from({ length: steps }, (_, n) => ({
    id: `s${n}`,
    stepType: 'TRANSFORM',
    config: { expression: 'input' },
  }));
  const { createWorkflow } = await workflow.ask<{ createWorkflow: { workflow: { id: string } } }>(viewer, create, {
    input: { name: newId(), steps: chain },
  });
  const execute = `mutation ($id: ID!) { executeWorkflow(input: { workflowId: $id }) {
    ... on ExecuteWorkflowSuccess { execution { id } } } }`;
  const { executeWorkflow } = await workflow.ask<{ executeWorkflow: { execution: { id: string } } }>(viewer, execute, {
    id: createWorkflow.workflow.id,
  });
  return executeWorkflow.execution.id;
}

async function subscribe<T>(field: string, query: string, variables: object, viewer = ann) {
  const stream = await workflow.source.subscribe({ query, variables: { ...variables } }, { viewer, requestId: 'test' });
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream.errors));
  return {
    async *[Symbol.asyncIterator]() {
      for await (const { data, errors } of stream) {
        if (errors) throw new Error(errors[0]?.message);
        yield (data as Record<string, T>)[field] as T;
      }
    },
  };
}

const UPDATES = `subscription ($id: ID!, $after: String) { workflowExecutionUpdates(id: $id, after: $after) {
  cursor type stepId execution { id status steps { id status } } } }`;
const updates = (id: string, after?: string, viewer = ann, query = UPDATES) =>
  subscribe<Update>('workflowExecutionUpdates', query, { id, after }, viewer);

test('a snapshot, then every event in order, then the end', async () => {
  const id = await begin(5);
  const seen: Update[] = [];
  for await (const update of await updates(id)) seen.push(update);
  expect(seen[0]?.type).toBeNull();
  const numbers = seen.map(({ cursor }) => Number(cursor));
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => (numbers[0] ?? 0) + n));
  expect(numbers.at(-1)).toBe(12);
  expect(seen.at(-1)?.execution.status).toBe('COMPLETED');
  for (const { type, stepId, execution } of seen) {
    if (type === 'STEP_COMPLETED') expect(execution.steps.find((step) => step.id === stepId)?.status).toBe('COMPLETED');
  }
  // Afterwards: the snapshot alone; behind the last event: nothing; behind the first: all the others.
  const later: Update[] = [];
  for await (const update of await updates(id)) later.push(update);
  expect(later.map(({ cursor, type }) => [cursor, type])).toEqual([['12', null]]);
  const types: (string | null)[] = [];
  for await (const { type } of await updates(id, '12')) types.push(type);
  expect(types).toEqual([]);
  for await (const { type } of await updates(id, '1')) types.push(type);
  expect(types).toHaveLength(11);
});

test('1,000 events while the connection comes and goes: none missed, none twice', async () => {
  const id = await begin(499);
  const short = UPDATES.replace('steps { id status }', '');
  const cursors: string[] = [];
  let after: string | undefined;
  for (let ended = false; !ended;) {
    ended = true;
    let count = 0;
    for await (const { cursor, type } of await updates(id, after, ann, short)) {
      if (type !== null) cursors.push(cursor);
      after = cursor;
      if (type === 'EXECUTION_COMPLETED') break;
      if ((count += 1) >= 37) {
        ended = false;
        break;
      }
    }
  }
  const first = Number(cursors[0]);
  expect(cursors.map(Number)).toEqual(Array.from({ length: 1_000 - first + 1 }, (_, n) => first + n));
});

test('refuses what may not be seen, and cursors that cannot be', async () => {
  const id = await begin(1);
  const first = async (stream: AsyncIterable<unknown>) => {
    for await (const value of stream) return value;
    return null;
  };
  await expect(updates(id, undefined, user('bob')).then(first)).rejects.toThrow('no such execution');
  await expect(updates(id, 'x').then(first)).rejects.toThrow('after');
  await expect(updates(id, '999').then(first)).rejects.toThrow('after');
});

test('events of all executions one may see, behind a marker', async () => {
  const fay = user('fay');
  const query = `subscription ($after: String) { workflowExecutionEvents(after: $after, filter: {
    types: [EXECUTION_STARTED, EXECUTION_COMPLETED] }) { cursor type executionId execution { status } } }`;
  type Event = {
    cursor: string;
    type: string | null;
    executionId: string | null;
    execution: { status: string } | null;
  };
  const take = async (after: string | undefined, want: number, viewer = fay, onFirst?: () => Promise<unknown>) => {
    const found: Event[] = [];
    for await (const event of await subscribe<Event>('workflowExecutionEvents', query, { after }, viewer)) {
      found.push(event);
      if (found.length === 1) await onFirst?.();
      if (found.length === want) return found;
    }
    return found;
  };
  let id = '';
  const live = await take(undefined, 3, fay, async () => (id = await begin(2, fay)));
  expect(live).toMatchObject([
    { type: null, executionId: null, execution: null },
    { type: 'EXECUTION_STARTED', executionId: id },
    { type: 'EXECUTION_COMPLETED', executionId: id, execution: { status: 'COMPLETED' } },
  ]);
  expect((await take(live[0]?.cursor, 3)).map(({ type }) => type)).toEqual([
    null,
    'EXECUTION_STARTED',
    'EXECUTION_COMPLETED',
  ]);
  expect((await take(live[1]?.cursor, 2)).map(({ type }) => type)).toEqual([null, 'EXECUTION_COMPLETED']);
  const admin = { ...user('admin'), scopes: ['*:*'] } as typeof ann;
  // The same, besides what others have begun.
  for await (const event of await subscribe<Event>(
    'workflowExecutionEvents',
    query,
    { after: live[0]?.cursor },
    admin,
  )) {
    if (event.executionId === id && event.type === 'EXECUTION_COMPLETED') break;
  }
});
