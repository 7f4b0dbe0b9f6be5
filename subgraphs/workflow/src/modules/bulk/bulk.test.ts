import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import { maker, startTriggers, workflowOf, type TriggerHarness } from '../../testing/trigger-harness.ts';

let harness: TriggerHarness;
beforeAll(async () => {
  // Two processes do bulk operations at the same time, on one database.
  harness = await startTriggers(2);
});
afterAll(() => harness.stop());

const somebody = (...extra: string[]) => {
  const id = newId();
  return { id, viewer: maker(id, ...extra) };
};

interface Item {
  readonly index: number;
  readonly created: boolean;
  readonly execution: { readonly id: string } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

async function executeAll(viewer: ReturnType<typeof maker>, items: object[]) {
  const { executeWorkflows } = await harness.ask<{
    executeWorkflows: { accepted: number; refused: number; results: Item[]; fields?: { path: string }[] };
  }>(
    viewer,
    `mutation ($input: ExecuteWorkflowsInput!) { executeWorkflows(input: $input) {
       ... on ExecuteWorkflowsSuccess { accepted refused results { index created execution { id } error { code message } } }
       ... on InvalidInputError { fields { path message } } } }`,
    { input: { items } },
  );
  return executeWorkflows;
}

interface Operation {
  readonly id: string;
  readonly status: string;
  readonly selected: number;
  readonly succeeded: number;
  readonly failed: number;
}

const OPERATION = 'id status selected succeeded failed';

async function bulk(viewer: ReturnType<typeof maker>, verb: 'Cancel' | 'Retry', input: object) {
  const field = `bulk${verb}WorkflowExecutions`;
  const data = await harness.ask<
    Record<string, { selected: number; firstIds: string[]; operation: Operation | null; fields?: unknown[] }>
  >(
    viewer,
    `mutation ($input: Bulk${verb}WorkflowExecutionsInput!) { ${field}(input: $input) {
       ... on WorkflowBulkSuccess { selected firstIds operation { ${OPERATION} } }
       ... on InvalidInputError { fields { path message } } } }`,
    { input },
  );
  return data[field]!;
}

const ended = (viewer: ReturnType<typeof maker>, id: string | undefined) =>
  until(
    'the operation ends',
    async () => {
      const { workflowBulkOperation } = await harness.ask<{ workflowBulkOperation: Operation }>(
        viewer,
        `query ($id: ID!) { workflowBulkOperation(id: $id) { ${OPERATION} } }`,
        { id },
      );
      return workflowBulkOperation.status !== 'RUNNING' && workflowBulkOperation;
    },
    { timeoutMs: 30_000 },
  );

const statuses = async (workflowId: string) => {
  const { rows } = await harness.pool.query<{ status: string; count: number }>(
    'select status::text, count(*)::int from workflow_executions where workflow_id = $1 group by 1 order by 1',
    [workflowId],
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
};

test('1,000 executions are started, each with its own result, and none twice when the same is sent again', async () => {
  const ann = somebody();
  const [good, foreign] = [await workflowOf(harness, ann.viewer), await workflowOf(harness, somebody().viewer)];
  const items = Array.from({ length: 1_000 }, (_, n) => ({
    workflowId: n % 100 === 7 ? foreign : good,
    idempotencyKey: `item-${n}`,
    input: n,
  }));
  const first = await executeAll(ann.viewer, items);
  expect([first.accepted, first.refused]).toEqual([990, 10]);
  expect(first.results.map(({ index }) => index)).toEqual(items.map((_, n) => n));
  expect(first.results[7]).toMatchObject({ execution: null, created: false, error: { code: 'NOT_FOUND' } });
  const second = await executeAll(ann.viewer, items);
  expect(second.results.filter(({ created }) => created)).toEqual([]);
  expect(second.results.map(({ execution }) => execution?.id)).toEqual(
    first.results.map(({ execution }) => execution?.id),
  );
  const { rows } = await harness.pool.query('select count(*)::int from workflow_executions where workflow_id = $1', [
    good,
  ]);
  expect(rows).toEqual([{ count: 990 }]);
  for (const many of [[], [...items, { workflowId: good }]]) {
    expect((await executeAll(ann.viewer, many)).fields).toEqual([
      { path: 'items', message: 'must have 1 to 1,000 items' },
    ]);
  }
}, 60_000);

test('a bulk cancel ends what its filter selects and the viewer may cancel; a dry run changes nothing', async () => {
  const [ann, eve] = [somebody(), somebody()];
  const workflowId = await workflowOf(harness, ann.viewer, 3_600);
  await executeAll(
    ann.viewer,
    Array.from({ length: 250 }, () => ({ workflowId })),
  );
  await until('all wait', async () => (await statuses(workflowId))['WAITING'] === 250, { timeoutMs: 20_000 });
  const filter = { workflowId };
  const dry = await bulk(ann.viewer, 'Cancel', { filter, dryRun: true });
  expect([dry.selected, dry.firstIds.length, dry.operation]).toEqual([250, 100, null]);
  expect((await bulk(eve.viewer, 'Cancel', { filter })).selected).toBe(0);
  expect(await statuses(workflowId)).toEqual({ WAITING: 250 });
  const { operation } = await bulk(ann.viewer, 'Cancel', { filter, reason: 'Enough.' });
  expect(await ended(ann.viewer, operation?.id)).toMatchObject({ status: 'COMPLETED', selected: 250, failed: 0 });
  expect(await statuses(workflowId)).toEqual({ CANCELLED: 250 });
});

test('a bulk retry runs each once again, also when a step of it is done twice', async () => {
  const ann = somebody();
  const steps = [{ id: 'fail', stepType: 'TRANSFORM', config: { expression: '$error("no")' }, retryCount: 0 }];
  const workflowId = await workflowOf(harness, ann.viewer, 0, { steps });
  await executeAll(
    ann.viewer,
    Array.from({ length: 120 }, () => ({ workflowId })),
  );
  await until('all fail', async () => (await statuses(workflowId))['FAILED'] === 120, { timeoutMs: 20_000 });
  const { operation } = await bulk(ann.viewer, 'Retry', { filter: { workflowId } });
  await ended(ann.viewer, operation?.id);
  // As if a process had been killed before it wrote how far it was.
  await harness.pool.query(`update workflow_bulk_operations set status = 'RUNNING', last_id = null where id = $1`, [
    operation?.id,
  ]);
  await ended(ann.viewer, operation?.id);
  await until('all fail again', async () => (await statuses(workflowId))['FAILED'] === 120, { timeoutMs: 20_000 });
  const { rows } = await harness.pool.query(
    `select count(*)::int as events, count(distinct stream)::int as executions from outbox_events
     where type = 'workflow.execution.retried' and payload->>'workflowId' = $1`,
    [workflowId],
  );
  expect(rows).toEqual([{ events: 120, executions: 120 }]);
});

test('whoever may not do it any more: the operation stops', async () => {
  const ann = somebody();
  const workflowId = await workflowOf(harness, ann.viewer, 3_600);
  await executeAll(ann.viewer, [{ workflowId }]);
  harness.users.set(ann.id, { status: 'SUSPENDED', scopes: ['*:*'] });
  const { operation } = await bulk(ann.viewer, 'Cancel', { filter: { workflowId } });
  expect(await ended(ann.viewer, operation?.id)).toMatchObject({ status: 'STOPPED', succeeded: 0 });
});

test.each([
  ['Cancel', { filter: {} }, 'filter: needs workflowId or startedById'],
  [
    'Cancel',
    { filter: { workflowId: 'w', status: ['FAILED'] } },
    'filter.status: must be among PENDING, RUNNING, PAUSED, WAITING',
  ],
  ['Retry', { filter: { workflowId: 'w', status: ['RUNNING'] } }, 'filter.status: must be among FAILED, CANCELLED'],
] as const)('bulk %s refuses %j', async (verb, input, problem) => {
  const { fields } = await bulk(somebody().viewer, verb, input);
  expect((fields as { path: string; message: string }[]).map(({ path, message }) => `${path}: ${message}`)).toEqual([
    problem,
  ]);
});

test('of items with one key the first wins, and the later ones get its execution or the conflict', async () => {
  const ann = somebody();
  const workflowId = await workflowOf(harness, ann.viewer);
  const items = Array.from({ length: 20 }, (_, n) => n).flatMap((n) =>
    [0, 0, 1].map((input) => ({ workflowId, idempotencyKey: `twice-${n}`, input })),
  );
  const { results } = await executeAll(ann.viewer, items);
  for (let n = 0; n < items.length; n += 3) {
    const [first, same, other] = results.slice(n, n + 3);
    expect([first?.created, same?.created, same?.execution?.id]).toEqual([true, false, first?.execution?.id]);
    expect(other).toMatchObject({ created: false, execution: null, error: { code: 'IDEMPOTENCY_CONFLICT' } });
  }
});
