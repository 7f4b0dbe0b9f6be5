import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';

interface Row {
  readonly id: string;
  readonly userId: string;
  readonly senderId: string;
  readonly channel: string;
  readonly templateId: string | null;
  readonly version: number | null;
  readonly category: string | null;
  readonly status: string;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly scheduledAt: Date | null;
  readonly sentAt: Date | null;
  readonly opened: boolean;
  readonly clicked: boolean;
  readonly failures: readonly string[];
}
type Figures = Readonly<Record<string, number | null>>;

const FROM = Date.parse('2026-03-01T00:00:00Z');
const DAYS = 60;
const everybody = userOf('root', 'notification:read-any');
const FIGURES = `total pending sent delivered failed cancelled expired retried attempts opened clicked
  deliveryRate openRate clickRate averageLatencyMs p50LatencyMs p95LatencyMs p99LatencyMs`;

let tested: NotificationUnderTest;
let running: NotificationProcess;
let rows: Row[];

/** The same numbers in each run: a failure can be looked at again. */
function random(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

function makeRows(count: number): Row[] {
  const next = random(42);
  const pick = <T>(...values: T[]) => values[next(values.length)] as T;
  return Array.from({ length: count }, (_, n) => {
    const createdAt = new Date(FROM + next(DAYS * 86_400_000));
    const scheduledAt = pick(null, null, new Date(createdAt.getTime() + next(3_600_000)));
    const status = pick('DELIVERED', 'DELIVERED', 'SENT', 'FAILED', 'CANCELLED', 'EXPIRED', 'QUEUED', 'SENDING');
    const isSent = status === 'DELIVERED' || status === 'SENT';
    const templateId = pick(null, 'one', 'two', 'three');
    const channel = pick('EMAIL', 'SMS', 'IN_APP');
    const failures = Array.from({ length: next(3) }, () => pick('TIMEOUT', 'HTTP_STATUS', 'REJECTED'));
    const opened = isSent && next(2) === 1;
    return {
      id: `n${n}`,
      userId: pick('u1', 'u2', 'u3'),
      senderId: pick('s1', 's2'),
      channel,
      templateId,
      version: templateId && pick(1, 2),
      category: pick(null, 'news'),
      status,
      attempts: status === 'QUEUED' ? 0 : failures.length + 1,
      createdAt,
      scheduledAt,
      sentAt: isSent ? new Date((scheduledAt ?? createdAt).getTime() + next(60_000)) : null,
      opened,
      clicked: opened && channel === 'EMAIL' && next(2) === 1,
      failures,
    };
  });
}

async function store(all: readonly Row[]): Promise<void> {
  const json = JSON.stringify(all.map((row) => ({ ...row, error: row.failures.at(-1) ?? 'REJECTED' })));
  const records = `jsonb_to_recordset($1::jsonb) as x(id text, "userId" text, "senderId" text, channel text,
    "templateId" text, version int, category text, status text, attempts int, "createdAt" timestamptz,
    "scheduledAt" timestamptz, "sentAt" timestamptz, opened boolean, clicked boolean, failures jsonb, error text)`;
  await tested.pool.query(
    `insert into notifications (id, user_id, sender_id, channel, template_id, template_version, category, status, attempts,
       created_at, scheduled_at, sent_at, content, recipient, error)
     select id, "userId", "senderId", channel::channel, "templateId", version, category, status::notification_status,
       attempts, "createdAt", "scheduledAt", "sentAt", 'x', 'x',
       case when status = 'FAILED' then jsonb_build_object('code', error) end from ${records}`,
    [json],
  );
  await tested.pool.query(
    `insert into delivery_logs (id, notification_id, channel, provider, attempt, status, error_code, started_at, duration_ms)
     select x.id || '-' || f.n, x.id, x.channel::channel, 'SCRIPTED', f.n, 'FAILED', f.code, x."createdAt", f.n * 10
     from ${records}, jsonb_array_elements_text(x.failures) with ordinality as f(code, n)`,
    [json],
  );
  await tested.pool.query(
    `insert into inbox_items (notification_id, user_id, content, read_at)
     select id, "userId", 'x', case when opened then "sentAt" end from ${records} where channel = 'IN_APP'`,
    [json],
  );
  await tested.pool.query(
    `insert into notification_engagements (notification_id, kind, url)
     select id, 'OPEN'::engagement_kind, '' from ${records} where opened and channel <> 'IN_APP'
     union all select id, 'CLICK'::engagement_kind, 'https://example.com/' || n from ${records}, generate_series(1, 2) n where clicked`,
    [json],
  );
}

beforeAll(async () => {
  tested = await prepareNotifications();
  running = await tested.process({}, { worker: false });
  rows = makeRows(1_500);
  await store(rows);
});

afterAll(() => tested?.stop());

/** PostgreSQL's percentile_cont. */
function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low === undefined || high === undefined ? null : low + (high - low) * (place - Math.floor(place));
}

/** Row by row, as slow as can be. */
function naive(some: readonly Row[]) {
  const count = (accept: (row: Row) => boolean) => some.filter(accept).length;
  const rate = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  const latencies = some.flatMap(({ sentAt, scheduledAt, createdAt }) =>
    sentAt ? [sentAt.getTime() - Math.max(createdAt.getTime(), scheduledAt?.getTime() ?? 0)] : [],
  );
  const sent = count(({ status }) => status === 'SENT' || status === 'DELIVERED');
  const failed = count(({ status }) => status === 'FAILED');
  const close = (value: number | null) => (value === null ? null : (expect.closeTo(value, 3) as number));
  return {
    total: some.length,
    pending: count(({ status }) => status === 'QUEUED' || status === 'SENDING'),
    sent,
    delivered: count(({ status }) => status === 'DELIVERED'),
    failed,
    cancelled: count(({ status }) => status === 'CANCELLED'),
    expired: count(({ status }) => status === 'EXPIRED'),
    retried: count(({ attempts }) => attempts > 1),
    attempts: some.reduce((sum, { attempts }) => sum + attempts, 0),
    opened: count(({ opened }) => opened),
    clicked: count(({ clicked }) => clicked),
    deliveryRate: rate(sent, sent + failed),
    openRate: rate(
      count(({ opened }) => opened),
      sent,
    ),
    clickRate: rate(
      count(({ clicked }) => clicked),
      sent,
    ),
    averageLatencyMs: close(latencies.length ? latencies.reduce((a, b) => a + b, 0) / latencies.length : null),
    p50LatencyMs: close(percentile(latencies, 0.5)),
    p95LatencyMs: close(percentile(latencies, 0.95)),
    p99LatencyMs: close(percentile(latencies, 0.99)),
  };
}

/** Key → rows. */
function grouped<Key>(some: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of some) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

const RANGE = 'from: "2026-03-01T00:00:00Z", to: "2026-04-30T00:00:00Z"';
const ask = <T>(query: string, viewer = everybody) => running.ask<T>(viewer, query);

test.each([
  ['everything', '', () => true],
  ['a channel', 'filter: { channel: [EMAIL, SMS] }', ({ channel }: Row) => channel !== 'IN_APP'],
  [
    'a category and a sender',
    'filter: { category: "news", senderId: "s1" }',
    ({ category, senderId }: Row) => category === 'news' && senderId === 's1',
  ],
  [
    'a template and a user',
    'filter: { templateId: "two", userId: "u1" }',
    ({ templateId, userId }: Row) => templateId === 'two' && userId === 'u1',
  ],
  ['nothing', 'filter: { templateId: "unknown" }', () => false],
])('figures of %s are those of a count row by row', async (_name, filter, accept) => {
  const query = `{ a: deliveryAnalytics(${RANGE}, interval: MONTH, ${filter}) { totals { ${FIGURES} } } }`;
  const { a } = await ask<{ a: { totals: Figures } }>(query);
  expect({ ...a.totals }).toEqual(naive(rows.filter(accept)));
});

test('days begin where the time zone has them, also when the clock changes; none is left out', async () => {
  const query = `{ a: deliveryAnalytics(from: "2026-03-27T23:00:00Z", to: "2026-03-31T22:00:00Z", timeZone: "Europe/Berlin") {
    series { start figures { total sent } } } }`;
  const { a } = await ask<{ a: { series: { start: Date; figures: Figures }[] } }>(query);
  // Summer time begins on the 29th.
  const starts = ['03-27T23', '03-28T23', '03-29T22', '03-30T22'].map((hour) => `2026-${hour}:00:00.000Z`);
  expect(a.series.map(({ start }) => new Date(start).toISOString())).toEqual(starts);
  const ends = [...starts.slice(1), '2026-03-31T22:00:00.000Z'];
  for (const [n, { figures }] of a.series.entries()) {
    const own = rows.filter(({ createdAt }) => {
      const time = createdAt.toISOString();
      return time >= (starts[n] ?? '') && time < (ends[n] ?? '');
    });
    const { total, sent } = naive(own);
    expect({ ...figures }).toEqual({ total, sent });
  }
  const empty = `{ a: deliveryAnalytics(from: "2020-01-01T00:00:00Z", to: "2020-01-02T00:00:00Z", interval: HOUR) {
    series { figures { total p50LatencyMs } } } }`;
  const { a: none } = await ask<{ a: { series: { figures: Figures }[] } }>(empty);
  expect(none.series.map(({ figures }) => ({ ...figures }))).toEqual(Array(24).fill({ total: 0, p50LatencyMs: null }));
});

test('channels with their failures and providers', async () => {
  const query = `{ a: channelAnalytics(${RANGE}) { channel figures { ${FIGURES} }
    failures { code attempts notifications } providers { provider attempts taken failed averageDurationMs } } }`;
  const { a } = await ask<{ a: { channel: string; figures: Figures; failures: object[]; providers: object[] }[] }>(
    query,
  );
  const byChannel = grouped(rows, ({ channel }) => channel);
  expect(a.map(({ channel }) => channel).sort()).toEqual([...byChannel.keys()].sort());
  for (const { channel, figures, failures, providers } of a) {
    const own = byChannel.get(channel) ?? [];
    expect({ ...figures }).toEqual(naive(own));
    const codes = own.flatMap((row) => row.failures);
    const given = own.filter(({ status }) => status === 'FAILED').map((row) => row.failures.at(-1) ?? 'REJECTED');
    const expected = [...new Set([...codes, ...given])].map((code) => ({
      code,
      attempts: codes.filter((other) => other === code).length,
      notifications: given.filter((other) => other === code).length,
    }));
    expect(failures).toHaveLength(expected.length);
    expect(failures).toEqual(expect.arrayContaining(expected));
    const durations = own.flatMap((row) => row.failures.map((_code, n) => (n + 1) * 10));
    expect(providers).toEqual([
      {
        provider: 'SCRIPTED',
        attempts: codes.length,
        taken: 0,
        failed: codes.length,
        averageDurationMs: expect.closeTo(durations.reduce((sum, ms) => sum + ms, 0) / durations.length, 3),
      },
    ]);
  }
});

test('each channel tells its own, used or not', async () => {
  const query = `{
    channels: notificationChannels { channel analytics(${RANGE}) { channel figures { ${FIGURES} } } }
  }`;
  const { channels } = await ask<{
    channels: { channel: string; analytics: { channel: string; figures: Figures } }[];
  }>(query);
  const byChannel = grouped(rows, ({ channel }) => channel);
  expect(channels.map(({ channel }) => channel).sort()).toEqual(['EMAIL', 'IN_APP', 'SLACK', 'SMS', 'WEBHOOK']);
  for (const { channel, analytics } of channels) {
    expect({ ...analytics.figures }).toEqual(naive(byChannel.get(channel) ?? []));
    expect(analytics.channel).toBe(channel);
  }
});

test('templates with their versions, users with what they did', async () => {
  const query = `{
    t: templateAnalytics(${RANGE}, first: 2) { templateId figures { ${FIGURES} } versions { version figures { total opened } } }
    u: userEngagementAnalytics(${RANGE}) { users engagedUsers byUser { user { id } figures { ${FIGURES} } } }
  }`;
  interface Answer {
    t: { templateId: string; figures: Figures; versions: { version: number; figures: Figures }[] }[];
    u: { users: number; engagedUsers: number; byUser: { user: { id: string }; figures: Figures }[] };
  }
  const { t, u } = await ask<Answer>(query);
  const byTemplate = grouped(
    rows.filter(({ templateId }) => templateId),
    ({ templateId }) => templateId ?? '',
  );
  const busiest = [...byTemplate].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1)).slice(0, 2);
  expect(t.map(({ templateId }) => templateId)).toEqual(busiest.map(([id]) => id));
  for (const [n, { figures, versions }] of t.entries()) {
    const own = busiest[n]?.[1] ?? [];
    expect({ ...figures }).toEqual(naive(own));
    expect(versions.map(({ version, figures: some }) => [version, some['total'], some['opened']])).toEqual(
      [2, 1].map((version) => {
        const some = naive(own.filter((row) => row.version === version));
        return [version, some.total, some.opened];
      }),
    );
  }
  const byUser = grouped(rows, ({ userId }) => userId);
  expect(u).toMatchObject({ users: 3, engagedUsers: 3 });
  for (const { user, figures } of u.byUser) expect({ ...figures }).toEqual(naive(byUser.get(user.id) ?? []));
});

test('reports of a day and a month, beside those before', async () => {
  const query = `{
    d: dailyDeliveryReport(date: "2026-03-29", timeZone: "Europe/Berlin") { from to totals { ${FIGURES} } previousTotals { total } series { start } }
    m: monthlyDeliveryReport(month: "2026-04") { period from to totals { ${FIGURES} } previousTotals { total }
      channels { channel figures { total } } series { figures { total } } templates { templateId } }
  }`;
  interface Report {
    from: Date;
    to: Date;
    totals: Figures;
    previousTotals: Figures;
    series: { figures: Figures }[];
    channels: { figures: Figures }[];
  }
  const { d, m } = await ask<{ d: Report; m: Report }>(query);
  const between = (from: string, to: string) =>
    rows.filter(({ createdAt }) => createdAt >= new Date(from) && createdAt < new Date(to));
  // 23 hours long.
  expect(d.series).toHaveLength(23);
  expect({ ...d.totals }).toEqual(naive(between('2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z')));
  expect(d.previousTotals['total']).toBe(between('2026-03-27T23:00:00Z', '2026-03-28T23:00:00Z').length);
  const april = between('2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z');
  expect({ ...m.totals }).toEqual(naive(april));
  expect(m.previousTotals['total']).toBe(between('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z').length);
  expect(m.series).toHaveLength(30);
  const sum = (figures: readonly { figures: Figures }[]) =>
    figures.reduce((all, one) => all + (one.figures['total'] ?? 0), 0);
  expect([sum(m.series), sum(m.channels)]).toEqual([april.length, april.length]);
});

test('everybody counts only what they sent or got', async () => {
  const query = `{ a: deliveryAnalytics(${RANGE}) { totals { total } } u: userEngagementAnalytics(${RANGE}) { users } }`;
  const own = rows.filter(({ userId, senderId }) => [userId, senderId].includes('s1'));
  expect(await ask(query, userOf('s1'))).toEqual({ a: { totals: { total: own.length } }, u: { users: 3 } });
  expect(await ask(query, userOf('nobody'))).toEqual({ a: { totals: { total: 0 } }, u: { users: 0 } });
});

test.each([
  ['deliveryAnalytics(from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z") { totals { total } }', 'from'],
  ['deliveryAnalytics(from: "2020-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z") { totals { total } }', 'from'],
  [
    'deliveryAnalytics(from: "2025-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z", interval: HOUR) { totals { total } }',
    'interval',
  ],
  ['deliveryAnalytics(timeZone: "Mars") { totals { total } }', 'timeZone'],
  ['templateAnalytics(first: 101) { templateId }', 'first'],
  ['dailyDeliveryReport(date: "2026-02-30") { period }', 'date'],
  ['dailyDeliveryReport(date: "2026-13-01") { period }', 'date'],
  ['monthlyDeliveryReport(month: "2026-1") { period }', 'month'],
])('%s is refused', async (field, argument) => {
  await expect(ask(`{ ${field} }`)).rejects.toThrow(`"argument":"${argument}"`);
});
