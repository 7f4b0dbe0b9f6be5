import type { Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import {
  change,
  createTrigger,
  fired,
  look,
  maker,
  startTriggers,
  workflowOf,
  type TriggerHarness,
} from '../../testing/trigger-harness.ts';

let harness: TriggerHarness;
beforeAll(async () => {
  // Two processes take their rounds at the same time, on one database.
  harness = await startTriggers(2);
});
afterAll(() => harness.stop());

const made = async (viewer: ReturnType<typeof maker>, input: object) =>
  (await createTrigger(harness, viewer, input)).trigger.id;
const somebody = (...extra: string[]) => maker(newId(), 'context:read', 'integration:read', ...extra);
const executionsOf = async (workflowId: string) => {
  const counted = 'select count(*)::int from workflow_executions where workflow_id = $1';
  return (await harness.pool.query<{ count: number }>(counted, [workflowId])).rows[0]?.count;
};

test('a schedule fires each of its times once, with its input, and shows the next ones', async () => {
  const ann = somebody();
  harness.setClock('2026-03-01T08:59:30Z');
  const workflowId = await workflowOf(harness, ann);
  const input = { workflowId, kind: 'SCHEDULE', cron: '0 9 * * *', timeZone: 'Europe/Berlin', input: { n: 1 } };
  const id = await made(ann, input);
  const { nextRuns } = await look(harness, ann, id);
  expect(nextRuns.slice(0, 2)).toEqual(['2026-03-02T08:00:00.000Z', '2026-03-03T08:00:00.000Z']);
  harness.setClock('2026-03-02T08:00:00Z');
  const [firing] = await fired(harness, ann, id, 1);
  expect(firing).toMatchObject({
    cause: 'SCHEDULE',
    status: 'STARTED',
    dueAt: '2026-03-02T08:00:00.000Z',
    reason: null,
  });
  expect(firing?.execution?.input).toEqual({ n: 1 });
  harness.setClock('2026-03-03T08:00:05Z');
  expect((await fired(harness, ann, id, 2)).map(({ dueAt }) => dueAt)).toEqual([
    '2026-03-02T08:00:00.000Z',
    '2026-03-03T08:00:00.000Z',
  ]);
  expect(await executionsOf(workflowId)).toBe(2);
});

test.each([
  ['RUN_ONCE', ['2026-04-01T00:10:00.000Z STARTED null', '2026-04-01T03:10:00.000Z STARTED null']],
  ['SKIP', ['2026-04-01T00:10:00.000Z SKIPPED MISSED', '2026-04-01T03:10:00.000Z STARTED null']],
])('times that were missed: %s', async (misfire, expected) => {
  const ann = somebody();
  harness.setClock('2026-04-01T00:05:00Z');
  const workflowId = await workflowOf(harness, ann);
  const id = await made(ann, { workflowId, kind: 'SCHEDULE', cron: '10 * * * *', misfire });
  harness.setClock('2026-04-01T03:05:00Z');
  await fired(harness, ann, id, 1);
  harness.setClock('2026-04-01T03:10:00Z');
  const firings = await fired(harness, ann, id, 2);
  expect(firings.map(({ dueAt, status, reason }) => `${dueAt} ${status} ${reason?.code ?? null}`)).toEqual(expected);
});

test('overlaps: of five firings of a slow workflow', async () => {
  const ann = somebody();
  const outcomes: Record<string, unknown> = {};
  for (const overlap of ['ALLOW', 'SKIP', 'QUEUE', 'CANCEL_OLD']) {
    const workflowId = await workflowOf(harness, ann, 3_600);
    const id = await made(ann, { workflowId, kind: 'EVENT', eventType: 'context.updated', overlap });
    for (let n = 0; n < 5; n += 1) await change(harness, ann, 'run', { id });
    const firings = await fired(harness, ann, id, 5);
    outcomes[overlap] = firings.map(
      ({ status, reason, execution }) =>
        `${status} ${reason?.code ?? execution?.status.replace(/RUNNING|PENDING/, 'WAITING') ?? '-'}`,
    );
  }
  expect(outcomes).toEqual({
    ALLOW: Array(5).fill('STARTED WAITING'),
    SKIP: ['STARTED WAITING', ...Array<string>(4).fill('SKIPPED OVERLAP')],
    QUEUE: ['STARTED WAITING', ...Array<string>(4).fill('QUEUED -')],
    CANCEL_OLD: [...Array<string>(4).fill('STARTED CANCELLED'), 'STARTED WAITING'],
  });
});

test('what is queued starts in order, one at a time', async () => {
  const ann = somebody();
  const workflowId = await workflowOf(harness, ann, 1);
  const id = await made(ann, {
    workflowId,
    kind: 'SCHEDULE',
    cron: '0 0 1 1 *',
    overlap: 'QUEUE',
    inputExpression: 'input.cause',
  });
  for (let n = 0; n < 3; n += 1) await change(harness, ann, 'run', { id });
  const firings = await until(
    'all have run',
    async () => {
      const { history } = await look(harness, ann, id);
      return history.nodes.every(({ execution }) => execution?.status === 'COMPLETED') && [...history.nodes].reverse();
    },
    { timeoutMs: 30_000 },
  );
  const { rows } = await harness.pool.query<{ id: string; created_at: Date; completed_at: Date }>(
    `select f.id, e.created_at, e.completed_at from workflow_trigger_firings f join workflow_executions e on e.id = f.execution_id
     where f.trigger_id = $1 order by e.created_at`,
    [id],
  );
  expect(rows.map((row) => row.id)).toEqual(firings.map((firing) => firing.id));
  expect(firings.map(({ execution }) => execution?.input)).toEqual(['MANUAL', 'MANUAL', 'MANUAL']);
  expect(rows.slice(1).every((row, n) => row.created_at >= rows[n]!.completed_at)).toBe(true);
});

test('events fire once each, only those that the filter and the maker’s rights let through', async () => {
  const [ann, bob] = [somebody(), somebody('context:read-any')];
  const workflowId = await workflowOf(harness, ann);
  const ofBob = await workflowOf(harness, bob);
  const about = { kind: 'EVENT', eventType: 'context.updated', filter: 'input.event.payload.n > 1' };
  const expression = 'input.event.payload.n';
  const id = await made(ann, { ...about, workflowId, inputExpression: expression });
  const all = await made(bob, { ...about, workflowId: ofBob, inputExpression: expression });
  const annId = ann.kind === 'user' ? ann.userId : '';
  const event = { type: 'context.updated', ownerId: annId };
  await harness.publish({ ...event, payload: { n: 1 } });
  const second = await harness.publish({ ...event, payload: { n: 2 } });
  await harness.publish(second);
  await harness.publish({ ...event, ownerId: 'carl', payload: { n: 3 } });
  await harness.publish({ ...event, type: 'agent.updated', payload: { n: 4 } });
  await fired(harness, ann, id, 1);
  await fired(harness, bob, all, 2);
  await until('nothing waits', async () => {
    const { rows } = await harness.pool.query(
      `select count(*)::int from workflow_trigger_firings where trigger_id = any($1) and status in ('PENDING', 'STARTING')`,
      [[id, all]],
    );
    return rows[0].count === 0;
  });
  const inputs = async (viewer: typeof ann, trigger: string) =>
    (await look(harness, viewer, trigger)).history.nodes.map(({ execution }) => execution?.input).reverse();
  expect(await inputs(ann, id)).toEqual([2]);
  expect(await inputs(bob, all)).toEqual([2, 3]);
});

test('an event to which an execution of the trigger has led does not fire it again, by whatever way', async () => {
  const ann = somebody();
  const annId = ann.kind === 'user' ? ann.userId : '';
  const [one, two] = [await workflowOf(harness, ann), await workflowOf(harness, ann)];
  const first = await made(ann, { workflowId: one, kind: 'EVENT', eventType: 'context.updated' });
  const second = await made(ann, { workflowId: two, kind: 'EVENT', eventType: 'agent.updated' });
  // What its filter leaves out is nothing to tell of, whoever has led to it.
  const filter = 'has(input.event.payload.wanted)';
  const picky = await made(ann, { workflowId: one, kind: 'EVENT', eventType: 'context.updated', filter });
  await harness.publish({ type: 'context.updated', ownerId: annId, payload: { wanted: true } });
  const [own] = await fired(harness, ann, picky, 1);
  await harness.publish({ type: 'context.updated', ownerId: annId, payload: {}, requestId: own!.id });
  await harness.publish({ type: 'context.updated', ownerId: annId, payload: { wanted: 1 }, requestId: own!.id });
  const [, looped] = await fired(harness, ann, picky, 2);
  const [started] = await fired(harness, ann, first, 1);
  // An agent of its execution changes something, which fires the second trigger, whose execution changes the context again.
  await harness.publish({ type: 'agent.updated', ownerId: annId, payload: {}, requestId: started!.id });
  const [next] = await fired(harness, ann, second, 1);
  expect(next?.status).toBe('STARTED');
  await harness.publish({ type: 'context.updated', ownerId: annId, payload: {}, requestId: next!.id });
  const firings = await fired(harness, ann, first, 4);
  const told = firings.map(({ status, reason }) => [status, reason?.code]);
  expect(told).toEqual([
    ['STARTED', undefined],
    ['STARTED', undefined],
    ['STARTED', undefined],
    ['SKIPPED', 'LOOP'],
  ]);
  expect([looped?.status, looped?.reason?.code]).toEqual(['SKIPPED', 'LOOP']);
  expect((await look(harness, ann, picky)).history.totalCount).toBe(2);
});

test('webhooks of an integration fire with what they say, once, and only for who may see them', async () => {
  const ann = somebody();
  const annId = ann.kind === 'user' ? ann.userId : '';
  const workflowId = await workflowOf(harness, ann);
  const integrationId = `integration-${newId()}`;
  const id = await made(ann, {
    ...{ workflowId, kind: 'WEBHOOK', integrationId, filter: 'input.webhook.type == "paid"' },
    inputExpression: 'input.webhook.body.amount',
  });
  const send = async (type: string, body: string, ownerId = annId) => {
    const webhookId = newId();
    harness.webhooks.set(webhookId, { ownerId, type, body });
    const payload = { integrationId, webhookId, deliveryId: webhookId, type, replay: 0 };
    return harness.publish({ type: 'integration.webhook.received', ownerId, payload });
  };
  await send('refunded', '{"amount": 1}');
  await harness.publish(await send('paid', '{"amount": 2}'));
  await send('paid', '{"amount": 3}', 'carl');
  const [firing] = await fired(harness, ann, id, 1);
  expect([firing?.cause, firing?.execution?.input]).toEqual(['WEBHOOK', 2]);
  await until('nothing waits', async () => {
    const { rows } = await harness.pool.query(
      'select count(*)::int from workflow_trigger_firings where trigger_id = $1',
      [id],
    );
    return rows[0].count === 1;
  });
});

test('the integration learns whose triggers wait for its reports; when it is gone, they are paused', async () => {
  const ann = somebody();
  const workflowId = await workflowOf(harness, ann);
  const [one, other] = [`integration-${newId()}`, `integration-${newId()}`];
  const told = async () => {
    const { rows } = await harness.pool.query<{ uses: { integrationId: string }[] }>(
      `select payload->'uses' as uses from outbox_events where type = 'integration.use.changed' and payload->>'id' = $1 order by id`,
      [workflowId],
    );
    return rows.map(({ uses }) => uses.map(({ integrationId }) => integrationId));
  };
  const input = { workflowId, kind: 'WEBHOOK', integrationId: one };
  const id = await made(ann, input);
  const second = await made(ann, input);
  expect(await told()).toEqual([[one]]);
  await change(harness, ann, 'update', { id, integrationId: other });
  expect(await told()).toEqual([[one], [one, other].sort()]);
  await change(harness, ann, 'delete', { id: second });
  await change(harness, ann, 'update', { id, name: newId() });
  expect(await told()).toEqual([[one], [one, other].sort(), [other]]);
  const gone = { type: 'integration.deleted', ownerId: 'somebody' };
  await harness.publish({ ...gone, payload: { integrationId: one } });
  expect(await look(harness, ann, id)).toMatchObject({ status: 'ACTIVE' });
  await harness.publish({ ...gone, payload: { integrationId: other } });
  expect(await look(harness, ann, id)).toMatchObject({ status: 'PAUSED', pausedReason: { code: 'INTEGRATION_GONE' } });
  await change(harness, ann, 'delete', { id });
  expect((await told()).at(-1)).toEqual([]);
});

test.each([
  ['suspended', { status: 'SUSPENDED', scopes: ['*:*'] }, 'OWNER_SUSPENDED'],
  ['gone', { status: 'DELETED', scopes: [] }, 'OWNER_GONE'],
  ['without the permission', { status: 'ACTIVE', scopes: ['workflow:read'] }, 'FORBIDDEN'],
] as const)('a maker who is %s: the trigger is paused and says why', async (_what, now, code) => {
  const ann = somebody();
  const annId = ann.kind === 'user' ? ann.userId : '';
  const workflowId = await workflowOf(harness, ann);
  const id = await made(ann, { workflowId, kind: 'SCHEDULE', cron: '0 0 1 1 *' });
  harness.users.set(annId, now);
  const { firing } = await change(harness, ann, 'run', { id });
  expect(firing).toMatchObject({ status: 'REFUSED', reason: { code }, execution: null });
  expect(await look(harness, ann, id)).toMatchObject({ status: 'PAUSED', pausedReason: { code }, nextRuns: [] });
  expect(await executionsOf(workflowId)).toBe(0);
});

test('executions have no more rights than the maker had, and has still', async () => {
  const ann = somebody('agent:read-any', 'context:write');
  const annId = ann.kind === 'user' ? ann.userId : '';
  const workflowId = await workflowOf(harness, ann);
  const id = await made(ann, { workflowId, kind: 'SCHEDULE', cron: '0 0 1 1 *' });
  harness.users.set(annId, {
    status: 'ACTIVE',
    scopes: ['workflow:*', 'agent:read', 'agent:execute-any', 'context:write'],
  });
  const { firing } = await change(harness, ann, 'run', { id });
  const { rows } = await harness.pool.query('select starter_scopes from workflow_executions where id = $1', [
    firing?.execution?.id,
  ]);
  expect(rows).toEqual([{ starter_scopes: ['agent:read', 'workflow:execute', 'workflow:read', 'context:write'] }]);
});

test('whoever runs a trigger with an API key gives it no more than that key has', async () => {
  const ann = somebody('agent:read-any', 'workflow:execute-any', 'workflow:read-any');
  const annId = ann.kind === 'user' ? ann.userId : '';
  const of = async (owner: typeof ann) =>
    made(ann, { workflowId: await workflowOf(harness, owner), kind: 'SCHEDULE', cron: '0 0 1 1 *' });
  const [own, foreign] = [await of(ann), await of(somebody())];
  const scopes = ['workflow:read', 'workflow:execute', 'workflow:read-any'];
  const key: Viewer = { kind: 'api-key', keyId: 'k', userId: annId, principal: 'user', scopes, expiresAt: 4e9 };
  const { firing } = await change(harness, key, 'run', { id: own });
  const { rows } = await harness.pool.query('select starter_scopes from workflow_executions where id = $1', [
    firing?.execution?.id,
  ]);
  expect(rows).toEqual([{ starter_scopes: ['workflow:read-any', 'workflow:execute', 'workflow:read'] }]);
  // What the key may not do is no reason to pause the trigger.
  expect((await change(harness, key, 'run', { id: foreign })).firing).toMatchObject({
    ...{ status: 'REFUSED', reason: { code: 'FORBIDDEN' }, execution: null },
  });
  expect((await look(harness, ann, foreign)).status).toBe('ACTIVE');
  expect((await change(harness, ann, 'run', { id: foreign })).firing?.status).toBe('STARTED');
});

test('pause, resume, run now with a key, change, delete', async () => {
  const [ann, eve] = [somebody(), somebody()];
  harness.setClock('2026-05-01T00:00:30Z');
  const workflowId = await workflowOf(harness, ann);
  const id = await made(ann, { workflowId, kind: 'SCHEDULE', cron: '* * * * *' });
  expect((await change(harness, ann, 'pause', { id })).trigger).toMatchObject({ status: 'PAUSED', nextRuns: [] });
  harness.setClock('2026-05-01T00:05:30Z');
  const one = await change(harness, ann, 'run', { id, idempotencyKey: 'k' });
  const two = await change(harness, ann, 'run', { id, idempotencyKey: 'k' });
  expect([one.firing?.status, two.firing?.id]).toEqual(['STARTED', one.firing?.id]);
  expect((await change(harness, ann, 'resume', { id })).trigger?.nextRuns[0]).toBe('2026-05-01T00:06:00.000Z');
  const changed = await change(harness, ann, 'update', { id, cron: '0 12 * * *', timeZone: 'Asia/Kolkata' });
  expect(changed.trigger?.nextRuns[0]).toBe('2026-05-01T06:30:00.000Z');
  for (const verb of ['update', 'delete', 'pause', 'resume', 'run'] as const) {
    expect((await change(harness, eve, verb, { id })).__typename).toBe('NotFoundError');
  }
  expect((await change(harness, ann, 'delete', { id })).__typename).toBe('DeleteWorkflowTriggerSuccess');
  expect(await look(harness, ann, id)).toBeNull();
  expect(await executionsOf(workflowId)).toBe(1);
});

test('a service that does not answer delays a firing; nothing is lost', async () => {
  const ann = somebody();
  const workflowId = await workflowOf(harness, ann);
  const id = await made(ann, { workflowId, kind: 'SCHEDULE', cron: '0 0 1 1 *' });
  harness.setClock('2026-06-01T00:00:00Z');
  harness.away.add('auth');
  expect((await change(harness, ann, 'run', { id })).firing?.status).toBe('PENDING');
  harness.away.delete('auth');
  harness.setClock('2026-06-01T00:00:10Z');
  const [firing] = await fired(harness, ann, id, 1);
  expect([firing?.status, await executionsOf(workflowId)]).toEqual(['STARTED', 1]);
});

test.each([
  [{ kind: 'SCHEDULE' }, 'cron: is required for SCHEDULE'],
  [{ kind: 'SCHEDULE', cron: '0 0 31 2 *' }, 'cron: never happens'],
  [
    { kind: 'SCHEDULE', cron: '0 0 * * *', timeZone: 'Mars/Base' },
    'timeZone: is no time zone, e.g. Europe/Berlin or +02:00',
  ],
  [{ kind: 'SCHEDULE', cron: '0 0 * * *', eventType: 'agent.updated' }, 'eventType: is not for SCHEDULE'],
  [{ kind: 'EVENT', eventType: 'agent.updated', filter: '1 + 1' }, 'filter: must give true or false, not int'],
  [
    { kind: 'EVENT', eventType: 'agent.updated', filter: 'steps.a.result' },
    'filter: steps is not known: there is only input',
  ],
  [{ kind: 'WEBHOOK', integrationId: 'none' }, 'integrationId: there is no such integration, or you may not see it'],
  [
    { kind: 'SCHEDULE', cron: '@daily', input: 1, inputExpression: '1' },
    'inputExpression: cannot be given together with input',
  ],
])('refuses %j', async (input, problem) => {
  const ann = somebody();
  const workflowId = await workflowOf(harness, ann);
  const { fields } = await createTrigger(harness, ann, { workflowId, ...input });
  expect(fields?.map(({ path, message }) => `${path}: ${message}`)).toEqual([problem]);
});

test('an input that the workflow refuses is told in the history; a broken expression too', async () => {
  const ann = somebody();
  const inputSchema = { type: 'object', required: ['n'] };
  const workflowId = await workflowOf(harness, ann, 0, { inputSchema });
  const always = { workflowId, kind: 'SCHEDULE', cron: '0 0 1 1 *' };
  const bad = await made(ann, { ...always, input: { m: 1 } });
  const broken = await made(ann, { ...always, inputExpression: '$error("no")' });
  const refusals = [];
  for (const id of [bad, broken]) refusals.push((await change(harness, ann, 'run', { id })).firing?.reason?.code);
  expect(refusals).toEqual(['INVALID_INPUT', 'EXPRESSION']);
  expect((await look(harness, ann, bad)).status).toBe('ACTIVE');
});

test('what cannot be stored is refused once, and told in the history', async () => {
  const ann = somebody('context:read-any');
  const annId = ann.kind === 'user' ? ann.userId : '';
  const workflowId = await workflowOf(harness, ann);
  const integrationId = `integration-${newId()}`;
  harness.setClock('2026-07-01T00:00:00Z');
  const always = { workflowId, kind: 'SCHEDULE', cron: '0 0 1 1 *' };
  const computed = await made(ann, { ...always, inputExpression: `$base64decode('AA==')` });
  const half = await made(ann, {
    ...always,
    inputExpression: `{"a": $split($decodeUrlComponent('%F0%9F%98%80'),'')[0]}`,
  });
  const error = await made(ann, { ...always, inputExpression: `$error($base64decode('AA=='))` });
  const webhook = await made(ann, { workflowId, kind: 'WEBHOOK', integrationId });
  const event = await made(ann, { workflowId, kind: 'EVENT', eventType: 'context.updated' });
  for (const id of [computed, half, error]) await change(harness, ann, 'run', { id });
  const webhookId = newId();
  harness.webhooks.set(webhookId, { ownerId: annId, type: 'paid', body: '{"a": "\\u0000"}' });
  const payload = { integrationId, webhookId, deliveryId: webhookId, type: 'paid', replay: 0 };
  await harness.publish({ type: 'integration.webhook.received', ownerId: annId, payload });
  await harness.publish({ type: 'context.updated', ownerId: annId, payload: { contextId: 'c\0' } });
  const told = [];
  for (const id of [computed, half, error, webhook, event]) {
    const firings = await fired(harness, ann, id, 1);
    told.push(firings.map(({ status, reason }) => `${status} ${reason?.code}`));
  }
  expect(told).toEqual([
    ['REFUSED INVALID_INPUT'],
    ['REFUSED INVALID_INPUT'],
    ['REFUSED EXPRESSION'],
    ['REFUSED INVALID_INPUT'],
    ['REFUSED INVALID_INPUT'],
  ]);
  expect(await executionsOf(workflowId)).toBe(0);
});

test('run now twenty times at once with one key: all answer with the one firing', async () => {
  const ann = somebody();
  const workflowId = await workflowOf(harness, ann);
  const id = await made(ann, { workflowId, kind: 'SCHEDULE', cron: '0 0 1 1 *' });
  for (const idempotencyKey of ['a', 'b', 'c']) {
    const runs = await Promise.all(
      Array.from({ length: 20 }, () => change(harness, ann, 'run', { id, idempotencyKey })),
    );
    expect(runs.map(({ firing }) => firing?.id)).toEqual(Array(20).fill(expect.any(String)));
    expect(new Set(runs.map(({ firing }) => firing?.id)).size).toBe(1);
  }
  expect((await look(harness, ann, id)).history.totalCount).toBe(3);
});

test('run now while another request is just noting the same key answers with its firing', async () => {
  const ann = somebody();
  const id = await made(ann, { workflowId: await workflowOf(harness, ann), kind: 'SCHEDULE', cron: '0 0 1 1 *' });
  const firingId = newId();
  const other = await harness.pool.connect();
  try {
    await other.query('begin');
    await other.query(
      `insert into workflow_trigger_firings (id, trigger_id, occasion, cause, due_at, created_at)
       values ($1, $2, 'manual:k', 'MANUAL', now(), now())`,
      [firingId, id],
    );
    const answer = change(harness, ann, 'run', { id, idempotencyKey: 'k' });
    await until('the request waits for the other one', async () => {
      // Not in the transaction, which would go on seeing what it saw first.
      const { rows } = await harness.pool.query(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%into workflow_trigger_firings%'`,
      );
      return rows.length > 0;
    });
    await other.query('commit');
    expect((await answer).firing?.id).toBe(firingId);
  } finally {
    other.release();
  }
});
