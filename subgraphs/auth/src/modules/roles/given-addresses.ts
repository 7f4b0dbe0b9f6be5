import { scopeCovers } from '@flowmesh/platform/access';
import type { PoolClient } from 'pg';
import type { AddressRequester } from '../accounts/mail-token-store.ts';
import { scopesNotHeld } from './grant-store.ts';

/** An address that somebody else gave a user: whoever reads what is mailed there can act as the user. */
export interface GivenAddress {
  readonly userId: string;
  readonly email: string;
  readonly givenById: string;
  readonly givenAt: Date;
}

/**
 * Records that somebody else gave the user this address. Earlier records are removed, except those of addresses through
 * which a credential was obtained. `opened`: a credential comes with this address, such as the password of a new user.
 */
export async function noteGivenAddress(
  client: PoolClient,
  { userId, email, opened }: { readonly userId: string; readonly email: string; readonly opened: boolean },
  giver: AddressRequester,
): Promise<void> {
  await noteOwnAddress(client, userId);
  await client.query(
    `insert into given_addresses (user_id, email, given_by_id, giver_scopes, opened) values ($1, $2, $3, $4, $5)
     on conflict (user_id, email, given_by_id) do update
       set giver_scopes = excluded.giver_scopes, given_at = now(), opened = given_addresses.opened or excluded.opened`,
    [userId, email, giver.id, giver.scopes, opened],
  );
}

/**
 * The user has confirmed an address of their own choice: earlier ones are irrelevant, unless a credential was obtained
 * through them.
 */
export async function noteOwnAddress(client: PoolClient, userId: string): Promise<void> {
  await client.query('delete from given_addresses where user_id = $1 and not opened', [userId]);
}

/**
 * A credential was obtained through a mail to the user's address, or through an account elsewhere (Auth0) with that
 * address.
 */
export async function noteOpened(client: PoolClient, userId: string): Promise<void> {
  await client.query('update given_addresses set opened = true where user_id = $1 and not opened', [userId]);
}

/** Records the viewer as the giver of the address, in place of all others; false if nobody else gave it. */
export async function vouchForAddress(
  client: PoolClient,
  { userId, email }: { readonly userId: string; readonly email: string },
  voucher: AddressRequester,
): Promise<boolean> {
  const { rowCount } = await client.query('delete from given_addresses where user_id = $1 and given_by_id <> $2', [
    userId,
    voucher.id,
  ]);
  if (rowCount === 0) return false;
  await noteGivenAddress(client, { userId, email, opened: false }, voucher);
  return true;
}

/** The maximum in an error. */
const MOST_SHOWN = 20;

/**
 * The given addresses of these users whose giver lacked then, or lacks now, a right that the user would gain by these
 * scopes; at most 20. The users, or a role that all of them have, must be locked.
 */
export async function addressesBeyondGiver(
  client: PoolClient,
  userIds: readonly string[],
  scopes: readonly string[],
): Promise<GivenAddress[]> {
  const { rows } = await client.query<GivenAddress & { giverScopes: string[]; held: string[] }>(
    `select given.user_id as "userId", given.email, given.given_by_id as "givenById", given.given_at as "givenAt",
       given.giver_scopes as "giverScopes",
       array(select unnest(roles.scopes) from user_roles held join roles on roles.id = held.role_id
             where held.user_id = given.user_id) as held
     from given_addresses given where given.user_id = any($1) order by given.given_at, given.user_id, given.email`,
    [userIds],
  );
  const notHeld = new Map<string, readonly string[]>();
  const beyond: GivenAddress[] = [];
  for (const { giverScopes, held, ...address } of rows) {
    const { givenById } = address;
    const missingNow = notHeld.get(givenById) ?? (await scopesNotHeld(client, givenById, scopes));
    notHeld.set(givenById, missingNow);
    const gained = scopes.filter((scope) => !covered(held, scope));
    if (gained.some((scope) => missingNow.includes(scope) || !covered(giverScopes, scope))) beyond.push(address);
    if (beyond.length === MOST_SHOWN) break;
  }
  return beyond;
}

const covered = (held: readonly string[], scope: string): boolean => held.some((mine) => scopeCovers(mine, scope));

/**
 * Voids links mailed to these users before: to choose a password, including invitations, and to confirm an address. A
 * link that is being used now is left to its transaction.
 */
export async function voidMailedLinks(client: PoolClient, userIds: readonly string[]): Promise<void> {
  for (const table of ['password_reset_tokens', 'email_verification_tokens']) {
    await client.query(
      `delete from ${table} where token_hash in (
         select token_hash from ${table} where user_id = any($1) and used_at is null for update skip locked)`,
      [userIds],
    );
  }
}
