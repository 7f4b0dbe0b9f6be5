import { createHmac, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const PREFIX = 'whsec_';
/** Maximum difference between the signed time and now, in both directions. */
const TOLERANCE_S = 300;

/** Key bytes of a Standard Webhooks secret: `whsec_` and base64, or any text as it stands. */
function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);
}

/** Null for a usable secret; otherwise what is required. */
export function webhookSecretProblem(secret: string): string | null {
  if (secret.startsWith(PREFIX)) {
    const bytes = keyOf(secret).length;
    const isBase64 = /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret);
    return isBase64 && bytes >= 16 && bytes <= 512 ? null : 'must be `whsec_` and 16 to 512 bytes in base64';
  }
  return secret.length >= 16 && secret.length <= 512 ? null : 'must have 16 to 512 characters';
}

/** A fresh secret of 32 random bytes. */
export const newWebhookSecret = (): string => `${PREFIX}${randomBytes(32).toString('base64')}`;

/**
 * The secret of one receiver, derived from the shared secret. With it, calls can be forged to this address only, and the
 * shared secret cannot be computed from it. `url`: exactly as it is called.
 */
export const webhookTargetSecret = (secret: string, url: string): string =>
  `${PREFIX}${createHmac('sha256', keyOf(secret)).update(`flowmesh webhook target\n${url}`).digest('base64')}`;

/**
 * Headers with which the receiver verifies the origin and freshness of a call (standardwebhooks.com): HMAC-SHA256 over id,
 * time and body. The id is the same in each attempt to send a message. During secret rotation there are two signatures.
 */
export function webhookHeaders(
  secrets: string | readonly string[],
  id: string,
  body: string,
  now = new Date(),
): Record<string, string> {
  const signatures = [secrets]
    .flat()
    .map((secret) => new Webhook(keyOf(secret), { format: 'raw' }).sign(id, now, body));
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
  };
}

/** Whether a call carries a Standard Webhooks signature of this secret for these bytes, at most 5 minutes old. */
export function verifyWebhook(
  secret: string,
  signed: { readonly id: string; readonly timestamp: string; readonly signature: string },
  body: Buffer,
  now = new Date(),
): boolean {
  const seconds = /^\d{1,12}$/.test(signed.timestamp) ? Number(signed.timestamp) : 0;
  if (signed.id === '' || Math.abs(now.getTime() / 1000 - seconds) > TOLERANCE_S) return false;
  try {
    const headers = {
      'webhook-id': signed.id,
      'webhook-timestamp': signed.timestamp,
      'webhook-signature': signed.signature,
    };
    return new Webhook(keyOf(secret), { format: 'raw' }).verify(body, headers) !== undefined;
  } catch {
    return false;
  }
}
