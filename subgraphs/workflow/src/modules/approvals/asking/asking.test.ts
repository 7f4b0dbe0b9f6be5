import { newId } from '@flowmesh/platform/ids';
import { createLogger } from '@flowmesh/platform/logging';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { ServiceAwayError } from '@flowmesh/platform/services';
import { until } from '@flowmesh/platform/testing';
import { createEngine, readExecution, startRequest, step, storeWorkflow } from '../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import { LinkStore } from '../links/link-store.ts';
import { linkHash } from '../links/link-token.ts';
import { startAsking, type AskingParts } from './asking-rounds.ts';
import type { NoticeStatus } from './asking-record.ts';
import { AskingStore } from './asking-store.ts';
import type { Sent } from './notice-calls.ts';

const logger = createLogger({ level: 'silent', name: 'test' });
let database: TestDatabase;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  database = await startTestDatabase();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

/** The notification service as far as it is asked here: it takes each key once. */
class Notifications {
  readonly taken = new Map<string, Record<string, unknown>>();
  readonly withdrawn: string[] = [];
  status: NoticeStatus = 'SENT';
  /** What happens to a call before, or after, it is taken. */
  before: () => Sent | null = () => null;
  after: () => void = () => undefined;

  readonly calls: AskingParts['calls'] = {
    send: async (input, key) => {
      const early = this.before();
      if (early) return early;
      const created = !this.taken.has(key);
      if (created) this.taken.set(key, input);
      this.after();
      return { kind: 'taken', id: key, status: 'ACCEPTED', created };
    },
    withdraw: async (id) => {
      this.withdrawn.push(id);
      return this.status === 'ACCEPTED';
    },
    look: async (ids) => new Map(ids.map((id) => [id, this.status])),
    hasEndpoint: async (userId) => userId === 'ann',
  };

  get keys(): string[] {
    return [...this.taken.keys()].map((key) => key.replace(/^[^:]+:/, '')).sort();
  }
}

async function setUp(workers = 1) {
  const { pool } = database;
  const { engine, work } = createEngine(pool, createLocalQueues());
  running.push(await work());
  const notifications = new Notifications();
  // Messages are counted by starter.
  const startedById = newId();
  const store = new AskingStore(pool);
  const parts: AskingParts = {
    ...{ store, links: new LinkStore(pool), logger, calls: notifications.calls },
    linkUrl: (token) => `https://flowmesh.example/#token=${token}`,
    directory: {
      people: async ({ userIds, roleIds }) =>
        [...userIds, ...roleIds.flatMap((role) => [`${role}-1`, `${role}-2`])].map((id) => ({
          ...{ id, username: id.toUpperCase(), isActive: id !== 'asleep' },
        })),
    },
  };
  for (let at = 0; at < workers; at += 1) running.push(startAsking(parts));
  const start = async (config: object, notify: object = {}) => {
    const asked = {
      ...{ message: '"Pay " & input.sum', approvers: { userIds: ['ann'] }, deadlineSeconds: 600, ...config },
      notify: { channels: ['EMAIL'], ...notify },
    };
    const workflow = await storeWorkflow(pool, [step('ask', { stepType: 'APPROVAL', config: asked })]);
    const request = { ...startRequest(workflow, { sum: 7 }), startedById };
    await engine.start(request);
    await until('it is asked', async () => (await readExecution(pool, request.id)).steps['ask'] === 'WAITING');
    return request.id;
  };
  const notices = async (id: string) => {
    const { rows } = await pool.query<{ who: string; status: string; problem: string | null }>(
      `select occasion || ' ' || channel || coalesce(' ' || approver_id, '') as who, status, problem
       from workflow_approval_notices where execution_id = $1 order by 1`,
      [id],
    );
    return rows;
  };
  const settled = (id: string) =>
    until('all is known', async () => {
      const { rows } = await pool.query<{ open: boolean }>(
        'select bool_or(done_at is null) as open from workflow_approval_askings where execution_id = $1',
        [id],
      );
      return rows[0]?.open === false;
    });
  return { pool, engine, notifications, start, notices, settled };
}

const tokenIn = (input: Record<string, unknown> | undefined) =>
  /#token=([\w-]{43})/.exec(String(input?.['content']))?.[1] ?? null;

test('each person is told once by each channel, with a link only where nobody else reads it', async () => {
  const { pool, notifications, start, notices, settled } = await setUp();
  const id = await start(
    { approvers: { userIds: ['ann', 'asleep'], roleIds: ['payers'] } },
    { channels: ['EMAIL', 'IN_APP', 'SLACK', 'WEBHOOK'], slack: 'ops', webhook: 'https://bot.example/' },
  );
  await settled(id);
  const told = (await notices(id)).map(({ who, status }) => `${who}: ${status}`);
  expect(told).toEqual([
    'ASKED EMAIL ann: SENT',
    'ASKED EMAIL asleep: REFUSED',
    'ASKED EMAIL payers-1: SENT',
    'ASKED EMAIL payers-2: SENT',
    'ASKED IN_APP ann: SENT',
    'ASKED IN_APP asleep: REFUSED',
    'ASKED IN_APP payers-1: SENT',
    'ASKED IN_APP payers-2: SENT',
    'ASKED SLACK: SENT',
    'ASKED WEBHOOK ann: SENT',
    'ASKED WEBHOOK asleep: REFUSED',
    'ASKED WEBHOOK payers-1: REFUSED',
    'ASKED WEBHOOK payers-2: REFUSED',
  ]);
  const links = [...notifications.taken]
    .filter(([, input]) => tokenIn(input) !== null)
    .map(([key]) => key.split(':')[4]);
  expect(links.sort()).toEqual(['EMAIL', 'EMAIL', 'EMAIL', 'WEBHOOK']);
  for (const [, input] of notifications.taken) {
    expect(input['confidential'] === true).toBe(tokenIn(input) !== null);
  }
  const stored = await pool.query<{ token_hash: string }>('select token_hash from workflow_approval_links');
  const hashes = [...notifications.taken.values()].flatMap((input) => tokenIn(input) ?? []).map(linkHash);
  expect(stored.rows.map((row) => row.token_hash).sort()).toEqual(hashes.sort());
});

test('a call of which nothing is known is repeated: the link that was sent first stays good', async () => {
  const { pool, notifications, start, settled } = await setUp();
  let failures = 3;
  notifications.after = () => {
    failures -= 1;
    if (failures >= 0) throw new ServiceAwayError('notification', false);
  };
  const id = await start({});
  await settled(id);
  expect(notifications.keys).toEqual(['ask:1:ASKED:EMAIL:ann']);
  const token = tokenIn([...notifications.taken.values()].at(-1));
  const { rows } = await pool.query<{ token_hash: string }>(
    `select token_hash from workflow_approval_links where notice_id like $1`,
    [`${id}:%`],
  );
  expect(rows.map((row) => row.token_hash)).toContain(linkHash(String(token)));
});

test('workers at once tell nobody twice, and those beyond a thousand a day are refused', async () => {
  const { pool, notifications, start, notices, settled } = await setUp(3);
  const people = Array.from({ length: 50 }, (_, at) => `p${at}`);
  const id = await start({ approvers: { userIds: people } });
  await settled(id);
  expect(notifications.keys).toHaveLength(50);
  await pool.query(
    `insert into workflow_approval_notices (id, approval_id, execution_id, step_id, generation, occasion, channel,
                                            started_by_id, status)
     select n.id || ':' || copy, n.approval_id, n.execution_id, n.step_id, n.generation, n.occasion, 'EMAIL', n.started_by_id, 'SENT'
     from workflow_approval_notices n, generate_series(1, 19) copy where n.execution_id = $1`,
    [id],
  );
  const next = await start({ approvers: { userIds: people } });
  await settled(next);
  const refused = (await notices(next)).filter(({ status }) => status === 'REFUSED');
  expect(refused).toHaveLength(50);
  expect(refused[0]?.problem).toMatch(/at most 1,000 messages about approvals a day/);
});

test('those who have not decided are reminded once, then others are asked, and each is an event', async () => {
  const { pool, notifications, start, settled } = await setUp();
  const id = await start(
    {
      ...{ approvers: { userIds: ['ann'] }, deadlineSeconds: 4, onDeadline: 'ESCALATE' },
      escalateTo: { userIds: ['boss'], seconds: 600 },
    },
    { remindSeconds: 2 },
  );
  await until('the boss is told', () => notifications.keys.length === 3);
  await settled(id);
  expect(notifications.keys).toEqual([
    'ask:1:ASKED:EMAIL:ann',
    'ask:1:ESCALATED:EMAIL:boss',
    'ask:1:REMINDED:EMAIL:ann',
  ]);
  const { rows } = await pool.query<{ type: string }>(
    `select type from outbox_events where stream = $1 and type like 'workflow.step.%' order by stream_seq`,
    [`workflow-execution:${id}`],
  );
  expect(rows.map(({ type }) => type.replace('workflow.step.', ''))).toEqual([
    ...['started', 'waiting', 'reminded', 'escalated'],
  ]);
});

test('while the notification service cannot send, it says so; after a decision nobody is told any more', async () => {
  const { engine, notifications, start, notices, settled } = await setUp();
  notifications.before = () => ({ kind: 'later', problem: 'No provider of EMAIL is active.' });
  const id = await start({});
  await until('the problem is shown', async () => (await notices(id))[0]?.problem != null);
  expect(await notices(id)).toEqual([
    { who: 'ASKED EMAIL ann', status: 'WAITING', problem: 'No provider of EMAIL is active.' },
  ]);
  await engine.apply(id, { kind: 'cancel' });
  await settled(id);
  expect(await notices(id)).toMatchObject([{ status: 'CANCELLED' }]);
  expect(notifications.keys).toEqual([]);
});

test('what was taken and not yet sent is withdrawn when it is decided; what is being sent is followed to its end', async () => {
  const { engine, notifications, start, notices, settled } = await setUp();
  notifications.status = 'ACCEPTED';
  const id = await start({});
  await until('it is taken', async () => (await notices(id))[0]?.status === 'ACCEPTED');
  await engine.apply(id, { kind: 'cancel' });
  await settled(id);
  expect(await notices(id)).toEqual([
    { who: 'ASKED EMAIL ann', status: 'CANCELLED', problem: 'It was decided, or its time was over, before.' },
  ]);
  expect(notifications.withdrawn).toEqual(notifications.keys.map((key) => `${id}:${key}`));
  const other = await start({});
  await until('it is taken', async () => (await notices(other))[0]?.status === 'ACCEPTED');
  notifications.status = 'SENT';
  await engine.apply(other, { kind: 'cancel' });
  await settled(other);
  expect(await notices(other)).toEqual([{ who: 'ASKED EMAIL ann', status: 'SENT', problem: null }]);
});
