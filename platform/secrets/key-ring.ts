import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { SecretError } from './secret-error.ts';

/** A key of the operator. Each use but sealing has a key of its own that is derived from it. */
export interface RootKey {
  /** Eight characters that tell keys apart and say nothing of them. */
  readonly id: string;
  /** Seals values; nothing else may use it. */
  readonly sealing: KeyObject;
  /** HKDF-SHA-256 (RFC 5869): other bytes for each purpose, the same for the same one. */
  derive(purpose: string, bytes: number): Buffer;
}

/** The key that seals and signs, and those whose work still opens and verifies. */
export interface KeyRing {
  readonly current: RootKey;
  /** The current one first. */
  readonly all: readonly RootKey[];
}

/**
 * Of `ENCRYPTION_KEY`, which is used for everything new, and `DECRYPTION_KEYS`, which open what was sealed before, or
 * what other processes seal already. Each is 32 bytes in base64; throws `SecretError` if not.
 */
export function createKeyRing(encryptionKey: string, decryptionKeys: readonly string[] = []): KeyRing {
  const current = rootKey(encryptionKey);
  const others = decryptionKeys.map(rootKey).filter(({ id }) => id !== current.id);
  return { current, all: [current, ...others] };
}

function rootKey(keyBase64: string): RootKey {
  const bytes = Buffer.from(keyBase64, 'base64');
  if (bytes.length !== 32) throw new SecretError('An encryption key must be 32 bytes in base64.');
  const derive = (purpose: string, length: number) => Buffer.from(hkdfSync('sha256', bytes, '', purpose, length));
  return { id: derive('flowmesh/key-id/1', 6).toString('base64url'), sealing: createSecretKey(bytes), derive };
}
