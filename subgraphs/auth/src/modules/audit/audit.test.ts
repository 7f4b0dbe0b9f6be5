import { NO_CLIENT, type Client, type Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { withLogContext } from '@flowmesh/platform/logging';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';
import { AUDIT_ACTIONS } from './audit-actions.ts';
import { auditLog, BY_THE_PRODUCT } from './audit-log.ts';
import type { AuditEntry } from './audit-record.ts';
import { appendAudit } from './audit-store.ts';

jest.setTimeout(60_000);

let auth: AuthUnderTest;
let adminId: string;
beforeAll(async () => {
  auth = await startAuth();
  const { rows } = await auth.pool.query<{ id: string }>('select id from users');
  adminId = rows[0]!.id;
});
afterAll(() => auth.stop());

const viewer = (userId: string, scopes: readonly string[] = []): Viewer => ({
  kind: 'user',
  userId,
  scopes,
  sessionId: `session of ${userId}`,
  expiresAt: 4e9,
});
const reader = viewer('reader', ['audit:read-any']);
const from = (address: string, userAgent = 'curl/8'): Client => ({ address, userAgent });

/** Writes an entry as a service does; its id. */
const write = async (by: Viewer, entry: AuditEntry, client: Client = NO_CLIENT): Promise<string> => {
  const log = auditLog({ viewer: by, client }, entry);
  await appendAudit(auth.pool, [log]);
  return log.id;
};

const ids = async (filter: object, as: Viewer = reader): Promise<string[]> => {
  const query = 'query ($filter: AuditLogFilter) { auditLogs(filter: $filter, first: 100) { nodes { id } } }';
  const { auditLogs } = await auth.ask<{ auditLogs: { nodes: { id: string }[] } }>(query, { filter }, as);
  return auditLogs.nodes.map(({ id }) => id);
};

interface Page {
  readonly totalCount: number;
  readonly nodes: readonly { readonly id: string; readonly actor: { readonly id: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

describe('the database', () => {
  test.each([
    ['update audit_logs set outcome = $$FAILURE$$', 'UPDATE'],
    ['delete from audit_logs', 'DELETE'],
    ['truncate audit_logs', 'TRUNCATE'],
    ['insert into audit_logs select * from audit_logs on conflict (id) do update set action = $$x$$', 'UPDATE'],
    [`merge into audit_logs a using audit_logs b on a.id = b.id when matched then delete`, 'DELETE'],
  ])('refuses the owner of the table: %s', async (sql, operation) => {
    await write(viewer(newId()), { action: 'user.logout' });
    const count = async () =>
      (
        await auth.pool.query<object>(
          'select count(*)::int as n, md5(string_agg(a::text, $$,$$ order by id)) from audit_logs a',
        )
      ).rows[0];
    const before = await count();
    const { rows } = await auth.pool.query(
      `select tableowner = current_user as owner from pg_tables where tablename = 'audit_logs'`,
    );
    expect(rows).toEqual([{ owner: true }]);
    await expect(auth.pool.query(sql)).rejects.toMatchObject({
      code: '42501',
      message: `audit_logs is append-only: ${operation} is refused`,
    });
    expect(await count()).toEqual(before);
  });

  test('refuses also when ordinary triggers are switched off', async () => {
    await write(viewer(newId()), { action: 'user.logout' });
    const client = await auth.pool.connect();
    try {
      await client.query('begin');
      await client.query('set local session_replication_role = replica');
      await expect(client.query('delete from audit_logs')).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  test('keeps what concerns a user who is removed', async () => {
    const userId = newId();
    await auth.pool.query(
      `insert into users (id, email, username, username_key) values ($1, $1 || '@x.test', $1, lower($1))`,
      [userId],
    );
    const id = await write(viewer(userId), { action: 'role.assigned', target: { type: 'USER', id: userId } });
    await auth.pool.query('delete from users where id = $1', [userId]);
    const { auditLogs } = await auth.ask<{ auditLogs: object }>(
      'query ($userId: ID!) { auditLogs(filter: { userId: $userId }) { nodes { id actorId actor { id } subject { id } } } }',
      { userId },
      reader,
    );
    expect(auditLogs).toEqual({ nodes: [{ id, actorId: userId, actor: null, subject: null }] });
  });

  test('an entry goes with its transaction', async () => {
    const userId = newId();
    const client = await auth.pool.connect();
    await client.query('begin');
    await appendAudit(client, [
      auditLog(BY_THE_PRODUCT, { action: 'user.created', target: { type: 'USER', id: userId } }),
    ]);
    await client.query('rollback');
    client.release();
    expect(await ids({ userId })).toEqual([]);
  });
});

describe('an entry', () => {
  test.each<[string, Viewer, object]>([
    ['user', viewer('ada'), { actorType: 'USER', actorId: 'ada', sessionId: 'session of ada', onBehalfOfId: null }],
    [
      'anonymous',
      { kind: 'anonymous' },
      { actorType: 'ANONYMOUS', actorId: null, sessionId: null, onBehalfOfId: null },
    ],
    [
      'key of a user',
      { kind: 'api-key', keyId: 'k', userId: 'ada', principal: 'user', scopes: [], expiresAt: 4e9 },
      { actorType: 'USER', actorId: 'ada', sessionId: null, apiKeyId: 'k', onBehalfOfId: null },
    ],
    [
      'key of a service account',
      { kind: 'api-key', keyId: 'k', userId: 'ci', principal: 'service-account', scopes: [], expiresAt: 4e9 },
      { actorType: 'SERVICE_ACCOUNT', actorId: 'ci', sessionId: null, apiKeyId: 'k', onBehalfOfId: null },
    ],
    [
      'service',
      { kind: 'service', service: 'workflow', userId: 'ada', scopes: [] },
      { actorType: 'SERVICE', actorId: 'workflow', sessionId: null, onBehalfOfId: 'ada' },
    ],
  ])('tells the chain of a %s', async (_name, by, chain) => {
    const requestId = newId();
    const id = await withLogContext({ requestId }, () =>
      write(
        by,
        { action: 'role.revoked', target: { type: 'USER', id: 'bob' }, details: { role: 'x' } },
        from('::ffff:203.0.113.9'),
      ),
    );
    const [entry] = await auth
      .ask<{ auditLogs: { nodes: object[] } }>(
        `query ($text: String!) { auditLogs(filter: { text: $text }) { nodes {
          id action outcome actorType actorId sessionId apiKeyId onBehalfOfId targetType targetId subjectId
          address userAgent requestId details
        } } }`,
        { text: requestId },
        reader,
      )
      .then(({ auditLogs }) => auditLogs.nodes);
    expect(entry).toEqual({
      id,
      action: 'role.revoked',
      outcome: 'SUCCESS',
      apiKeyId: null,
      ...chain,
      targetType: 'USER',
      targetId: 'bob',
      subjectId: 'bob',
      address: '203.0.113.9',
      userAgent: 'curl/8',
      requestId,
      details: { role: 'x' },
    });
  });

  test('is written whatever a client sends, without secrets', async () => {
    const userId = newId();
    const client = { address: 'not an address', userAgent: `\0\ud800${'x'.repeat(600)}` };
    const details = {
      name: 'a\0b\udc00',
      password: 'hunter2',
      nested: { accessToken: 'abc', apiKey: 'fm_x', list: [1, NaN, undefined, new Date(0), { otp: '123456' }] },
    };
    await write(viewer(userId), { action: 'user.logout', details }, client);
    await write(viewer(userId), { action: 'user.logout', details: { many: Array(100).fill('y'.repeat(400)) } });
    const { rows } = await auth.pool.query(
      'select address, user_agent, details from audit_logs where actor_id = $1 order by occurred_at, id',
      [userId],
    );
    expect(rows).toEqual([
      {
        address: null,
        user_agent: `\uFFFD\uFFFD${'x'.repeat(497)}…`,
        details: {
          name: 'a\uFFFDb\uFFFD',
          password: '•••',
          nested: {
            accessToken: '•••',
            apiKey: '•••',
            list: [1, null, null, '1970-01-01T00:00:00.000Z', { otp: '•••' }],
          },
        },
      },
      { address: null, user_agent: null, details: { omitted: 'The details were too long.' } },
    ]);
  });
});

describe('auditLogs', () => {
  const ada = newId();
  const bob = newId();
  const entries: Record<string, string> = {};

  beforeAll(async () => {
    const target = { type: 'USER', id: ada } as const;
    entries.own = await write(viewer(ada), { action: 'user.logout', subjectId: ada }, from('198.51.100.7'));
    entries.byBob = await write(
      viewer(bob),
      { action: 'role.assigned', target, details: { role: 'per cent %' } },
      from('203.0.113.1'),
    );
    entries.denied = await write(viewer(bob), {
      action: 'role.revoked',
      outcome: 'DENIED',
      target: { ...target, id: bob },
    });
    entries.stranger = await write(
      { kind: 'anonymous' },
      { action: 'session.token_reused', outcome: 'FAILURE', target },
      from('2001:db8::7'),
    );
    entries.service = await write(
      { kind: 'service', service: 'workflow', userId: ada, scopes: [] },
      { action: 'user.logout' },
    );
  });
  const named = (found: readonly string[]) =>
    found.map((id) => Object.keys(entries).find((name) => entries[name] === id) ?? 'another');

  test.each<[string, (a: { ada: string; bob: string }) => object, string[]]>([
    ['a user', ({ ada: userId }) => ({ userId }), ['service', 'stranger', 'byBob', 'own']],
    ['an actor', ({ bob: actorId }) => ({ actorId }), ['denied', 'byBob']],
    ['a target', ({ ada: targetId }) => ({ targetId }), ['stranger', 'byBob']],
    ['an action', ({ ada: userId }) => ({ userId, actions: ['user.logout'] }), ['service', 'own']],
    ['a kind of action', ({ bob: userId }) => ({ userId, actions: ['role.*'] }), ['denied', 'byBob']],
    ['an outcome', ({ ada: userId }) => ({ userId, outcome: 'FAILURE' }), ['stranger']],
    ['an address', ({ ada: userId }) => ({ userId, address: '203.0.113.1' }), ['byBob']],
    ['a network', ({ ada: userId }) => ({ userId, address: '2001:db8::/32' }), ['stranger']],
    ['text in the details', ({ ada: userId }) => ({ userId, text: 'CENT %' }), ['byBob']],
    ['text that is a pattern', ({ ada: userId }) => ({ userId, text: '_ent' }), []],
    ['a time after', ({ ada: userId }) => ({ userId, from: '2999-01-01T00:00:00.000Z' }), []],
    ['a time before', ({ ada: userId }) => ({ userId, to: '2000-01-01T00:00:00.000Z' }), []],
  ])('finds by %s', async (_name, filter, expected) => {
    expect(named(await ids(filter({ ada, bob })))).toEqual(expected);
  });

  test('shows everybody their own: as actor, as subject, and as the one for whom a service acted', async () => {
    expect(named(await ids({}, viewer(ada)))).toEqual(['service', 'stranger', 'byBob', 'own']);
    expect(named(await ids({}, viewer(bob)))).toEqual(['denied', 'byBob']);
    expect(named(await ids({ userId: ada }, viewer(bob)))).toEqual(['byBob']);
    expect(await ids({}, viewer(newId(), ['audit:read', 'user:read-any']))).toEqual([]);
    expect(await auth.refusal('{ auditLogs { nodes { id } } }')).toEqual(['UNAUTHENTICATED']);
  });

  test('keeps where others come from to themselves', async () => {
    const shown = async (as: Viewer) => {
      const { auditLogs } = await auth.ask<{ auditLogs: { nodes: { id: string; address: string }[] } }>(
        'query ($userId: ID!) { auditLogs(filter: { userId: $userId }) { nodes { id address sessionId } } }',
        { userId: ada },
        as,
      );
      return new Map(auditLogs.nodes.map(({ id, ...rest }) => [named([id])[0], rest]));
    };
    const none = { address: null, sessionId: null };
    const own = { address: '198.51.100.7', sessionId: `session of ${ada}` };
    const stranger = { address: '2001:db8::7', sessionId: null };
    expect(Object.fromEntries(await shown(viewer(ada)))).toEqual({ own, byBob: none, stranger, service: none });
    const byBob = { address: '203.0.113.1', sessionId: `session of ${bob}` };
    expect(Object.fromEntries(await shown(reader))).toEqual({ own, byBob, stranger, service: none });
  });

  test('pages in both directions, counts, and names the actors', async () => {
    const userId = newId();
    const written: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      written.push(await write(viewer(adminId), { action: 'user.logout', target: { type: 'USER', id: userId } }));
    }
    const query = `query ($userId: ID!, $direction: OrderDirection!, $after: String) {
      auditLogs(filter: { userId: $userId }, orderBy: { direction: $direction }, first: 2, after: $after) {
        totalCount nodes { id actor { id } } pageInfo { hasNextPage endCursor } } }`;
    const page = async (direction: string, after: string | null) =>
      (await auth.ask<{ auditLogs: Page }>(query, { userId, direction, after }, reader)).auditLogs;
    const read = async (direction: string) => {
      const found: string[] = [];
      let after: string | null = null;
      do {
        const { totalCount, nodes, pageInfo }: Page = await page(direction, after);
        expect(totalCount).toBe(5);
        expect(nodes.map(({ actor }) => actor.id)).toEqual(nodes.map(() => adminId));
        found.push(...nodes.map(({ id }) => id));
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      } while (after !== null);
      return found;
    };
    expect(await read('ASC')).toEqual(written);
    expect(await read('DESC')).toEqual([...written].reverse());
  });

  test.each([
    [{ actions: ['user.fly'] }],
    [{ actions: ['nothing.*'] }],
    [{ actions: ['*'] }],
    [{ address: '203.0.113.0/33' }],
    [{ address: 'example.org' }],
    [{ text: 'x'.repeat(101) }],
    [{ actorId: 'a\0' }],
  ])('refuses %j', async (filter) => {
    const query = 'query ($filter: AuditLogFilter) { auditLogs(filter: $filter) { totalCount } }';
    expect(await auth.refusal(query, { filter }, reader)).toEqual(['BAD_USER_INPUT']);
  });

  test('is complete up to a moment before the oldest transaction that may still add to it', async () => {
    const completeUntil = async () =>
      (await auth.ask<{ auditLogs: { completeUntil: Date } }>('{ auditLogs { completeUntil } }', {}, reader)).auditLogs
        .completeUntil;
    const userId = newId();
    const client = await auth.pool.connect();
    await client.query('begin');
    await appendAudit(client, [auditLog({ viewer: viewer(userId), client: NO_CLIENT }, { action: 'user.logout' })]);
    const later = await write(viewer(userId), { action: 'user.logout' });
    const open = await completeUntil();
    await client.query('commit');
    client.release();
    const { rows } = await auth.pool.query<{ id: string; occurred_at: Date }>(
      'select id, occurred_at from audit_logs where actor_id = $1 order by occurred_at, id',
      [userId],
    );
    expect(rows).toHaveLength(2);
    expect(rows[1]!.id).toBe(later);
    // Whoever had read up to it has missed neither.
    expect(open.getTime()).toBeLessThanOrEqual(rows[0]!.occurred_at.getTime());
    await write(viewer(newId()), { action: 'user.logout' });
    expect((await completeUntil()).getTime()).toBeGreaterThan(open.getTime());
  });

  test('auditActions explains every action', async () => {
    const { auditActions } = await auth.ask<{ auditActions: object[] }>(
      '{ auditActions { name description } }',
      {},
      reader,
    );
    expect(auditActions).toEqual(
      Object.entries(AUDIT_ACTIONS)
        .map(([name, description]) => ({ name, description }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  });
});

test('the first administrator is made by the product', async () => {
  const { auditLogs } = await auth.ask<{ auditLogs: object }>(
    `query ($targetId: ID!) { auditLogs(filter: { targetId: $targetId, actions: ["user.created"] }) {
      nodes { action outcome actorType actorId subject { id } details } } }`,
    { targetId: adminId },
    reader,
  );
  expect(auditLogs).toEqual({
    nodes: [
      {
        action: 'user.created',
        outcome: 'SUCCESS',
        actorType: 'SYSTEM',
        actorId: null,
        subject: { id: adminId },
        details: { roles: ['admin'] },
      },
    ],
  });
});
