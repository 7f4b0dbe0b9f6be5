import type { Pool } from 'pg';

/**
 * Users and service accounts who are suspended, as a domain with work of theirs knows it: its own table, so that claiming
 * work asks nobody. Each such domain has it: `suspended_users (user_id, since)`.
 */
export async function suspend(pool: Pool, userId: string): Promise<void> {
  await pool.query('insert into suspended_users (user_id) values ($1) on conflict do nothing', [userId]);
}

export async function release(pool: Pool, userId: string): Promise<void> {
  await pool.query('delete from suspended_users where user_id = $1', [userId]);
}

/** Whether work of this user waits until they are reactivated. */
export async function isHeld(pool: Pool, userId: string): Promise<boolean> {
  return (await pool.query('select 1 from suspended_users where user_id = $1', [userId])).rowCount === 1;
}

/** A condition that holds for work of users who are not suspended. `column` has whose it is, e.g. `n.sender_id`. */
export const notHeldSql = (column: string): string =>
  `not exists (select 1 from suspended_users held where held.user_id = ${column})`;

/** Since when work of this user waits; null when they are not suspended. */
export const heldSinceSql = (column: string): string =>
  `(select held.since from suspended_users held where held.user_id = ${column})`;
