import { beforeAll, expect, test } from '@jest/globals';
import { sql } from '../harness/databases.ts';
import { createWorkflow, delayStep, executeWorkflow, executionEnds, transformStep } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let workflowId: string;
beforeAll(async () => {
  user = await makeUser(product);
  workflowId = await createWorkflow(user.graph, {
    steps: Array.from({ length: 5 }, (_, index) => transformStep(`s${index}`, String(index))),
  });
});

interface Event {
  readonly cursor: string;
  readonly type: string | null;
  readonly executionId: string | null;
  readonly stepId: string | null;
}

const EVENTS = `subscription Events($workflowId: ID!, $after: String) {
  workflowExecutionEvents(filter: { workflowId: $workflowId }, after: $after) { cursor type executionId stepId }
}`;
const UPDATES = `subscription Updates($id: ID!, $after: String) {
  workflowExecutionUpdates(id: $id, after: $after) {
    cursor type stepId execution { status steps { id status } }
  }
}`;

const key = ({ type, executionId, stepId }: Event) => `${executionId} ${type} ${stepId ?? ''}`;

test('a subscriber that leaves and comes back misses nothing and sees nothing twice, over 1,000 events', async () => {
  const EXECUTIONS = 90;
  const seen: Event[] = [];
  let after: string | undefined;
  let connections = 0;
  const received = (async () => {
    let completed = 0;
    while (completed < EXECUTIONS) {
      const messages = user.graph.subscribe<{ workflowExecutionEvents: Event }>(EVENTS, { workflowId, after });
      connections++;
      // Leaves after 1 to 97 messages, differently each time.
      let left = 1 + ((connections * 37) % 97);
      for await (const { workflowExecutionEvents: event } of messages) {
        after = event.cursor;
        if (event.type !== null) seen.push(event);
        if (event.type === 'EXECUTION_COMPLETED') completed++;
        if (--left === 0 || completed === EXECUTIONS) break;
      }
      messages.close();
    }
  })();
  // Nothing begins before the subscriber has its first cursor.
  while (after === undefined) await new Promise((resolve) => setImmediate(resolve));
  const ids: string[] = [];
  for (let index = 0; index < EXECUTIONS; index += 10) {
    ids.push(...(await Promise.all(Array.from({ length: 10 }, () => executeWorkflow(user.graph, workflowId)))));
  }
  await received;
  expect(seen.length).toBeGreaterThanOrEqual(1_000);
  expect(connections).toBeGreaterThan(10);
  expect(new Set(seen.map(({ cursor }) => cursor)).size).toBe(seen.length);
  expect(new Set(seen.map(key)).size).toBe(seen.length);
  const rows = await sql<{ stream: string; count: number }>(
    product,
    'workflow',
    `select stream, count(*)::int as count from outbox_events where stream like 'workflow-execution:%' group by stream`,
  );
  const stored = new Map(rows.map(({ stream, count }) => [stream.replace('workflow-execution:', ''), count]));
  for (const id of ids) {
    const events = seen.filter(({ executionId }) => executionId === id);
    expect({ id, count: events.length }).toEqual({ id, count: stored.get(id) });
    expect(events[0]!.type).toBe('EXECUTION_STARTED');
    expect(events.at(-1)!.type).toBe('EXECUTION_COMPLETED');
    expect(events.filter(({ type }) => type === 'STEP_COMPLETED').map(({ stepId }) => stepId)).toEqual([
      's0',
      's1',
      's2',
      's3',
      's4',
    ]);
  }
}, 120_000);

test('the updates of one execution begin with a snapshot, resume behind any message, and end with it', async () => {
  // It has not ended when it is followed for the first time.
  const steps = [delayStep('wait', 1), ...['s0', 's1', 's2'].map((name, index) => transformStep(name, String(index)))];
  const id = await executeWorkflow(user.graph, await createWorkflow(user.graph, { steps }));
  interface Update {
    readonly workflowExecutionUpdates: {
      readonly cursor: string;
      readonly type: string | null;
      readonly stepId: string | null;
      readonly execution: { readonly status: string };
    };
  }
  const follow = async (after?: string) => {
    const messages = user.graph.subscribe<Update>(UPDATES, { id, after });
    const all = [];
    for await (const message of messages) all.push(message.workflowExecutionUpdates);
    messages.close();
    return all;
  };
  const live = await follow();
  expect(live[0]!.type).toBeNull();
  expect(live.at(-1)).toMatchObject({ type: 'EXECUTION_COMPLETED', execution: { status: 'COMPLETED' } });
  const brief = (updates: Awaited<ReturnType<typeof follow>>) => updates.map(({ type, stepId }) => ({ type, stepId }));
  for (const index of [0, 1, Math.floor(live.length / 2), live.length - 2]) {
    expect(brief(await follow(live[index]!.cursor))).toEqual(brief(live.slice(index + 1)));
  }
  const late = await follow();
  expect(late).toEqual([
    expect.objectContaining({ type: null, execution: expect.objectContaining({ status: 'COMPLETED' }) }),
  ]);
});

test('a cursor that was never given is refused', async () => {
  const id = await executeWorkflow(user.graph, workflowId);
  await executionEnds(user.graph, id);
  for (const [document, variables] of [
    [UPDATES, { id }],
    [EVENTS, { workflowId }],
  ] as const) {
    const messages = user.graph.subscribe(document, { ...variables, after: 'made up' });
    await expect(messages.next()).rejects.toMatchObject({ codes: ['BAD_USER_INPUT'] });
    messages.close();
  }
});

test('everybody sees events of their own only; an observer sees all', async () => {
  const [stranger, observer] = await Promise.all([makeUser(product), makeUser(product, { roles: ['observer'] })]);
  const all = 'subscription { workflowExecutionEvents { cursor type executionId stepId } }';
  const [strange, watching] = [stranger, observer].map((person) =>
    person.graph.subscribe<{ workflowExecutionEvents: Event }>(all),
  );
  await Promise.all([strange!.next(), watching!.next()]);
  const id = await executeWorkflow(user.graph, workflowId);
  let event: Event | undefined;
  do event = (await watching!.next())?.workflowExecutionEvents;
  while (event && !(event.executionId === id && event.type === 'EXECUTION_COMPLETED'));
  const own = await createWorkflow(stranger.graph, { steps: [transformStep('mine', '1')] });
  const mine = await executeWorkflow(stranger.graph, own);
  // The first thing the stranger hears is their own, so what passed before was kept from them.
  expect((await strange!.next())?.workflowExecutionEvents).toMatchObject({
    executionId: mine,
    type: 'EXECUTION_STARTED',
  });
  strange!.close();
  watching!.close();
});
