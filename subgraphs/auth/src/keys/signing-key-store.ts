import type { JWK } from 'jose';
import type { Pool } from 'pg';

export interface StoredSigningKey {
  readonly id: string;
  readonly publicKey: JWK;
  readonly sealedPrivateKey: string;
}

const COLUMNS = 'id, public_key as "publicKey", sealed_private_key as "sealedPrivateKey"';

/** Keys of access tokens, shared by all processes. */
export class SigningKeyStore {
  constructor(private readonly pool: Pool) {}

  async active(algorithm: string): Promise<StoredSigningKey | null> {
    const { rows } = await this.pool.query<StoredSigningKey>(
      `select ${COLUMNS} from signing_keys where algorithm = $1 and retired_at is null`,
      [algorithm],
    );
    return rows[0] ?? null;
  }

  /** Makes it the one that signs, unless another process was first: a unique index lets there be only one. */
  async addActive(algorithm: string, key: StoredSigningKey): Promise<void> {
    await this.pool.query(
      `insert into signing_keys (id, algorithm, public_key, sealed_private_key) values ($1, $2, $3, $4)
       on conflict (algorithm) where retired_at is null do nothing`,
      [key.id, algorithm, JSON.stringify(key.publicKey), key.sealedPrivateKey],
    );
  }

  /** Public keys that tokens may still be verified with: the active one, and those retired within a day. */
  async publicKeys(): Promise<JWK[]> {
    const { rows } = await this.pool.query<{ publicKey: JWK }>(
      `select public_key as "publicKey" from signing_keys
       where retired_at is null or retired_at > now() - interval '1 day' order by created_at desc, id`,
    );
    return rows.map(({ publicKey }) => publicKey);
  }
}
