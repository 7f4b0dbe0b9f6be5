import { Parser } from 'htmlparser2';
import type { OutgoingMessage } from '../../adapters/channel-adapter.ts';
import { UNSUBSCRIBE_MARK } from '../../adapters/unsubscribe-mark.ts';
import type { NotificationRecord } from '../notifications/notification-record.ts';
import type { LinkSigner } from './link-signer.ts';

/** Below the public address of the product. */
export const LINK_PATH = '/services/notification/links';

/** Longer ones are left as they are: the address would become too long for some readers. */
const MAX_URL_CHARACTERS = 1_500;
/** Of the ten that a message may have. */
const MAX_OTHER_HEADERS = 8;

type Sent = Pick<NotificationRecord, 'isTracked' | 'priority'>;

/** Puts the links of a notification into its e-mail: to unsubscribe, and where it may be, to count opens and clicks. */
export class EmailLinks {
  constructor(
    private readonly signer: LinkSigner,
    private readonly publicUrl: string,
    /** Mail from an installation that nobody can reach is not counted, and has no header to unsubscribe. */
    private readonly isPublic: boolean,
  ) {}

  /** The same message for each attempt. Other channels get theirs with the address to unsubscribe only. */
  prepare(message: OutgoingMessage, { isTracked, priority }: Sent): OutgoingMessage {
    const unsubscribe = this.urlOf('unsubscribe', message.notificationId);
    const text = message.text.replaceAll(UNSUBSCRIBE_MARK, unsubscribe);
    const html = message.html?.replaceAll(UNSUBSCRIBE_MARK, unsubscribe) ?? null;
    if (message.channel !== 'EMAIL' || !this.isPublic) return { ...message, text, html };
    return {
      ...message,
      text,
      html: html !== null && isTracked ? this.tracked(html, message.notificationId, unsubscribe) : html,
      // What is CRITICAL comes whatever one wishes: there is nothing to unsubscribe from.
      metadata: priority === 'CRITICAL' ? message.metadata : withUnsubscribe(message.metadata, unsubscribe),
    };
  }

  private urlOf(kind: 'open' | 'unsubscribe', notificationId: string): string {
    return `${this.publicUrl}${LINK_PATH}/${kind}/${this.signer.sign(kind, notificationId)}`;
  }

  private tracked(html: string, notificationId: string, unsubscribe: string): string {
    const clickOf = (url: string) => {
      const token = this.signer.sign('click', notificationId, url);
      return `${this.publicUrl}${LINK_PATH}/click/${token}?url=${encodeURIComponent(url)}`;
    };
    const counted = withLinks(html, (url) => (url === unsubscribe ? url : clickOf(url)));
    const pixel = `<img src="${this.urlOf('open', notificationId)}" width="1" height="1" alt="">`;
    const end = counted.toLowerCase().lastIndexOf('</body>');
    return end === -1 ? counted + pixel : counted.slice(0, end) + pixel + counted.slice(end);
  }
}

/** The header of one click (RFC 8058), unless the sender gave one. */
function withUnsubscribe(metadata: OutgoingMessage['metadata'], url: string): OutgoingMessage['metadata'] {
  const email = (metadata['email'] ?? {}) as { readonly headers?: Readonly<Record<string, string>> };
  const headers = email.headers ?? {};
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  if (names.length > MAX_OTHER_HEADERS || names.includes('list-unsubscribe')) return metadata;
  const own = { 'List-Unsubscribe': `<${url}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
  return { ...metadata, email: { ...email, headers: { ...headers, ...own } } };
}

/** Replaces the addresses of links; everything else stays as it is, to the character. */
function withLinks(html: string, replace: (url: string) => string): string {
  const pieces: string[] = [];
  let done = 0;
  let tagStart = 0;
  const parser = new Parser({
    onopentagname() {
      tagStart = parser.startIndex;
    },
    onopentag(name, { href }) {
      if (name !== 'a' || href === undefined || !isWebUrl(href)) return;
      const tag = html.slice(tagStart, parser.endIndex + 1);
      const place = /\shref\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)/i.exec(tag);
      if (!place?.[1]) return;
      const at = tagStart + place.index + place[0].length - place[1].length;
      pieces.push(html.slice(done, at), `"${escapeAttribute(replace(href))}"`);
      done = at + place[1].length;
    },
  });
  parser.end(html);
  return pieces.join('') + html.slice(done);
}

const isWebUrl = (url: string) => url.length <= MAX_URL_CHARACTERS && /^https?:\/\//i.test(url) && URL.canParse(url);

const escapeAttribute = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
