import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyRing, RootKey } from '@flowmesh/platform/secrets';

/** What a link in a message does. */
export type LinkKind = 'open' | 'click' | 'unsubscribe';

/** Makes links that only this product can have made. */
export class LinkSigner {
  private readonly signingKey: Buffer;
  /** Links in messages that were sent before the key was exchanged are good too. */
  private readonly keys: readonly Buffer[];

  constructor({ current, all }: KeyRing) {
    this.signingKey = keyOf(current);
    this.keys = all.map(keyOf);
  }

  /** `about` is signed along: where a click leads. */
  sign(kind: LinkKind, notificationId: string, about = ''): string {
    return `${Buffer.from(notificationId).toString('base64url')}.${mac(this.signingKey, kind, notificationId, about)}`;
  }

  /** The id of the notification; null for what was not signed for this. */
  verify(kind: LinkKind, token: string, about = ''): string | null {
    const [encoded = '', given = '', ...rest] = token.split('.');
    if (rest.length > 0) return null;
    const notificationId = Buffer.from(encoded, 'base64url').toString('utf8');
    const signature = Buffer.from(given);
    const good = this.keys.some((key) => {
      const wanted = Buffer.from(mac(key, kind, notificationId, about));
      return signature.length === wanted.length && timingSafeEqual(signature, wanted);
    });
    return good ? notificationId : null;
  }
}

const keyOf = (key: RootKey): Buffer => key.derive('notification links', 32);

function mac(key: Buffer, kind: LinkKind, notificationId: string, about: string): string {
  const signed = JSON.stringify([kind, notificationId, about]);
  return createHmac('sha256', key).update(signed).digest('base64url');
}
