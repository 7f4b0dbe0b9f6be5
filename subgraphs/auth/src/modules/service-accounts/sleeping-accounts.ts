import { appendEvents, type NewEvent } from '@flowmesh/platform/events';
import type { PoolClient } from 'pg';

/** An SQL condition: the service account `user` is disabled, because the person responsible for it is suspended. */
export const ownerSuspendedSql = (user: string): string =>
  `exists (select 1 from service_accounts sa join users owner on owner.id = sa.owner_id
     where sa.user_id = ${user} and owner.status = 'SUSPENDED')`;

/**
 * Appends, within the caller's transaction, an event for each active service account for which this person is
 * responsible: it is disabled or enabled with them.
 */
export async function tellOfAccountsOf(
  client: PoolClient,
  personId: string,
  event: (accountId: string) => NewEvent,
): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `select users.id from service_accounts sa join users on users.id = sa.user_id
     where sa.owner_id = $1 and users.status = 'ACTIVE' order by users.id`,
    [personId],
  );
  await appendEvents(
    client,
    rows.map(({ id }) => event(id)),
  );
}

/** Whether a service account is enabled now. */
export async function isAwake(client: PoolClient, accountId: string): Promise<boolean> {
  const sql = `select 1 from users where id = $1 and status = 'ACTIVE' and not ${ownerSuspendedSql('users.id')}`;
  return (await client.query(sql, [accountId])).rowCount === 1;
}
