import { createHmac } from 'node:crypto';

/** Key bytes of a Standard Webhooks secret: `whsec_` and base64, or any text as it stands. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
}

/**
 * Headers by which the receiver knows that a call is from us and fresh (standardwebhooks.com): HMAC-SHA256 over id,
 * time and body. The id is the same for each attempt at one message.
 */
export function webhookHeaders(secret: string, id: string, body: string, now = new Date()): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
