import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What a link in a message does. */
export type LinkKind = 'open' | 'click' | 'unsubscribe';

/** Makes links that only this product can have made. */
export class LinkSigner {
  private readonly key: Buffer;

  /** `encryptionKey` is 32 bytes in base64; a key of its own is derived from it. */
  constructor(encryptionKey: string) {
    const secret = Buffer.from(encryptionKey, 'base64');
    this.key = Buffer.from(hkdfSync('sha256', secret, '', 'notification links', 32));
  }

  /** `about` is signed along: where a click leads. */
  sign(kind: LinkKind, notificationId: string, about = ''): string {
    return `${Buffer.from(notificationId).toString('base64url')}.${this.mac(kind, notificationId, about)}`;
  }

  /** The id of the notification; null for what was not signed for this. */
  verify(kind: LinkKind, token: string, about = ''): string | null {
    const [encoded = '', given = '', ...rest] = token.split('.');
    if (rest.length > 0) return null;
    const notificationId = Buffer.from(encoded, 'base64url').toString('utf8');
    const wanted = Buffer.from(this.mac(kind, notificationId, about));
    const mac = Buffer.from(given);
    return mac.length === wanted.length && timingSafeEqual(mac, wanted) ? notificationId : null;
  }

  private mac(kind: LinkKind, notificationId: string, about: string): string {
    const signed = JSON.stringify([kind, notificationId, about]);
    return createHmac('sha256', this.key).update(signed).digest('base64url');
  }
}
