import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';

/** A sealed secret that cannot be opened: another key, another context, or a damaged value. */
export class SecretError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SecretError';
  }
}

/** Encrypts secrets at rest. */
export interface SecretBox {
  /**
   * Encrypts. `context` names where the value belongs, e.g. `agent:<id>`: it is authenticated, so that a value moved
   * to another row does not open there. The same text gives another result each time.
   */
  seal(plain: string, context: string): string;
  /** Decrypts what `seal` made with the same key and context; throws `SecretError` otherwise. */
  open(sealed: string, context: string): string;
}

const PREFIX = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM with a fresh 96-bit IV per value. `keyBase64` is 32 bytes in base64; throws `SecretError` if not. */
export function createSecretBox(keyBase64: string): SecretBox {
  const bytes = Buffer.from(keyBase64, 'base64');
  if (bytes.length !== 32) throw new SecretError('The encryption key must be 32 bytes in base64.');
  const key = createSecretKey(bytes);

  return {
    seal(plain, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(context, 'utf8'));
      const encrypted = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return `${PREFIX}.${Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64url')}`;
    },

    open(sealed, context) {
      const [prefix, body] = sealed.split('.');
      const sealedBytes = Buffer.from(body ?? '', 'base64url');
      if (prefix !== PREFIX || sealedBytes.length < IV_BYTES + TAG_BYTES) {
        throw new SecretError('Not a sealed secret.');
      }
      const decipher = createDecipheriv('aes-256-gcm', key, sealedBytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(context, 'utf8'));
      decipher.setAuthTag(sealedBytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        const plain = decipher.update(sealedBytes.subarray(IV_BYTES + TAG_BYTES));
        return Buffer.concat([plain, decipher.final()]).toString('utf8');
      } catch {
        throw new SecretError('A secret cannot be opened: was ENCRYPTION_KEY changed?');
      }
    },
  };
}
