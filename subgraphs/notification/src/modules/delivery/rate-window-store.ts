import type { PoolClient } from 'pg';

const WINDOW_SECONDS = 60;

export interface Limit {
  readonly key: string;
  readonly perMinute: number;
}

/** What may still be done under a limit. */
export interface Room {
  readonly left: number;
  /** Until there is more room; 0 while there is some. */
  readonly freeInMs: number;
}

/**
 * Counts attempts by second, so that in no 60 seconds there are more than the limit says, whichever process makes
 * them. The caller's transaction holds the channel's lock: what is read is what stands until it commits.
 */
export async function roomUnder(tx: PoolClient, limits: readonly Limit[]): Promise<Map<string, Room>> {
  const { rows } = await tx.query<{ key: string; used: number; freeInMs: number }>(
    `select key, sum(count)::int as used,
       ((min(second) + ${WINDOW_SECONDS + 1}) * 1000 - extract(epoch from now()) * 1000)::float8 as "freeInMs"
     from rate_windows where key = any($1) and second >= floor(extract(epoch from now()))::bigint - ${WINDOW_SECONDS}
     group by key`,
    [limits.map(({ key }) => key)],
  );
  const used = new Map(rows.map((row) => [row.key, row]));
  return new Map(
    limits.map(({ key, perMinute }) => {
      const row = used.get(key);
      const left = Math.max(0, perMinute - (row?.used ?? 0));
      return [key, { left, freeInMs: left > 0 ? 0 : Math.max(1, Math.ceil(row?.freeInMs ?? 1_000)) }];
    }),
  );
}

export async function countAttempts(tx: PoolClient, counts: ReadonlyMap<string, number>): Promise<void> {
  await tx.query(
    `insert into rate_windows as w (key, second, count)
     select k.key, floor(extract(epoch from now()))::bigint, k.count from unnest($1::text[], $2::int[]) as k(key, count)
     order by k.key
     on conflict (key, second) do update set count = w.count + excluded.count`,
    [[...counts.keys()], [...counts.values()]],
  );
}

export const providerKey = (providerId: string) => `provider:${providerId}`;
export const recipientKey = (providerId: string, recipient: string) => `recipient:${providerId}:${recipient}`;
