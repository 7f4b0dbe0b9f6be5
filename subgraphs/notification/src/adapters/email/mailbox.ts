import { emailAddress } from '@flowmesh/platform/validation';

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** `Flowmesh <hello@example.com>` or a bare address; null when it is neither. */
export function mailbox(text: string): Mailbox | null {
  if (/\p{Cc}/u.test(text)) return null;
  const named = /^\s*(?:"(?<quoted>[^"\\<>]*)"|(?<plain>[^"<>,;:@]*?))\s*<(?<address>[^<>]*)>\s*$/.exec(text);
  const address = emailAddress(named?.groups?.['address'] ?? text);
  if (address === null) return null;
  return { name: (named?.groups?.['quoted'] ?? named?.groups?.['plain'] ?? '').trim(), address };
}
