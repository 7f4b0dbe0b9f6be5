import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { ACCESS_TOKEN } from '@flowmesh/platform/access';
import { StartError } from '@flowmesh/platform/errors';
import { SecretError, type SecretBox } from '@flowmesh/platform/secrets';
import { calculateJwkThumbprint, type JSONWebKeySet } from 'jose';
import type { SigningKeyStore, StoredSigningKey } from './signing-key-store.ts';

export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** As strong as a symmetric key of 128 bits (NIST SP 800-57, table 2). */
const MODULUS_BITS = 3072;

/** Every process notices a new key in the database within this time. */
const CACHE_MS = 10_000;
const { algorithm: ALGORITHM } = ACCESS_TOKEN;

/** The keys that sign access tokens: kept encrypted in the database, the same in all processes. */
export class SigningKeys {
  private cached: { readonly key: Promise<SigningKey>; readonly until: number } | null = null;

  constructor(
    private readonly store: SigningKeyStore,
    private readonly secrets: SecretBox,
  ) {}

  /** Parsed once: RS256 from a PEM text takes five times as long. Throws `StartError` when it cannot be decrypted. */
  active(): Promise<SigningKey> {
    if (this.cached && this.cached.until > Date.now()) return this.cached.key;
    const key = this.load();
    const entry = { key, until: Date.now() + CACHE_MS };
    this.cached = entry;
    key.catch(() => {
      if (this.cached === entry) this.cached = null;
    });
    return key;
  }

  async jwks(): Promise<JSONWebKeySet> {
    return { keys: await this.store.publicKeys() };
  }

  /** Reads the keys again at the next signature. */
  forget(): void {
    this.cached = null;
  }

  /** A new key, not stored yet. */
  async generate(): Promise<StoredSigningKey> {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS });
    const { kty, n, e } = publicKey.export({ format: 'jwk' });
    const id = await calculateJwkThumbprint({ kty, n, e });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return {
      id,
      publicKey: { kty, n, e, kid: id, alg: ALGORITHM, use: 'sig' },
      sealedPrivateKey: this.secrets.seal(pem, sealContext(id)),
    };
  }

  private async load(): Promise<SigningKey> {
    const stored = (await this.store.active(ALGORITHM)) ?? (await this.make());
    try {
      const pem = this.secrets.open(stored.sealedPrivateKey, sealContext(stored.id));
      return { id: stored.id, privateKey: createPrivateKey(pem) };
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      throw new StartError(
        'The signing key in the database of auth cannot be decrypted: ENCRYPTION_KEY is not the one it was stored with.',
        { cause: error },
      );
    }
  }

  private async make(): Promise<StoredSigningKey> {
    await this.store.addFirst(ALGORITHM, await this.generate());
    // Our key, or that of a process that was faster.
    const stored = await this.store.active(ALGORITHM);
    if (!stored) throw new Error('the signing key that was just stored is gone');
    return stored;
  }
}

const sealContext = (id: string) => `signing-key:${id}`;
