import type { PoolClient } from 'pg';

const VERIFICATION_LIFETIME = `interval '24 hours'`;

/** How long a token can be used to choose a password: longer for invitations, which nobody is waiting for. */
const RESET_LIFETIMES = { reset: '1 hour', invitation: '24 hours' } as const;

/** Somebody else who requested a new address for a user, and the scopes they had then. */
export interface AddressRequester {
  readonly id: string;
  readonly scopes: readonly string[];
}

/** Stores a token that was mailed to confirm an address, within the caller's transaction. */
export async function addVerificationToken(
  client: PoolClient,
  hash: string,
  userId: string,
  email: string,
  requester: AddressRequester | null = null,
) {
  await client.query(
    `insert into email_verification_tokens (token_hash, user_id, email, expires_at, requested_by_id, requested_scopes)
     values ($1, $2, $3, now() + ${VERIFICATION_LIFETIME}, $4, $5)`,
    [hash, userId, email, requester?.id ?? null, requester?.scopes ?? []],
  );
}

/** Stores a token that was mailed to choose a password with, within the caller's transaction. */
export async function addResetToken(
  client: PoolClient,
  hash: string,
  userId: string,
  purpose: keyof typeof RESET_LIFETIMES = 'reset',
) {
  await client.query(
    `insert into password_reset_tokens (token_hash, user_id, expires_at)
     values ($1, $2, now() + $3::interval)`,
    [hash, userId, RESET_LIFETIMES[purpose]],
  );
}
