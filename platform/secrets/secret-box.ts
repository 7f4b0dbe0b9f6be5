import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';
import { SecretError } from './secret-error.ts';

/** Encrypts secrets at rest. */
export interface SecretBox {
  /**
   * Encrypts with the current key. `context` names where the value belongs, e.g. `agent:<id>`: it is authenticated, so
   * that a value moved to another row does not open there. The same text gives another result each time.
   */
  seal(plain: string, context: string): string;
  /** Decrypts what `seal` made with one of the keys and the same context; throws `SecretError` otherwise. */
  open(sealed: string, context: string): string;
  /** What values begin with that the current key has sealed. */
  readonly currentPrefix: string;
}

/** `v2.<id of the key>.<body>`; before that `v1.<body>`, which did not say which key. */
const VERSION = 'v2';
const EARLIER_VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM with a fresh 96-bit IV per value (NIST SP 800-38D). */
export function createSecretBox({ current, all }: KeyRing): SecretBox {
  const currentPrefix = `${VERSION}.${current.id}.`;
  return {
    currentPrefix,

    seal(plain, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.sealing, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(context, 'utf8'));
      const encrypted = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return currentPrefix + Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64url');
    },

    open(sealed, context) {
      const parts = sealed.split('.');
      const [version, keyId] = parts;
      const body = Buffer.from(parts.at(-1) ?? '', 'base64url');
      const earlier = version === EARLIER_VERSION && parts.length === 2;
      if (!(earlier || (version === VERSION && parts.length === 3)) || body.length < IV_BYTES + TAG_BYTES) {
        throw new SecretError('Not a sealed secret.');
      }
      for (const { id, sealing } of all) {
        if (!earlier && id !== keyId) continue;
        const plain = decrypt(sealing, body, context);
        if (plain !== null) return plain;
      }
      throw new SecretError('A secret cannot be opened: was ENCRYPTION_KEY changed without DECRYPTION_KEYS?');
    },
  };
}

/** Null unless it was encrypted with this key, in this context. */
function decrypt(key: KeyObject, body: Buffer, context: string): string | null {
  const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(body.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(body.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
