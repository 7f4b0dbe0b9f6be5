import { domainToASCII } from 'node:url';
import { z } from 'zod';

const MAX_LOCAL = 64;
const MAX_ADDRESS = 254;

/**
 * The address as mail servers take it, its domain in ASCII; null when it is none. One bare address: no name, no list,
 * no line break, so that nothing can be added to a header with it.
 */
export function emailAddress(text: string): string | null {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, Math.max(at, 0));
  const address = `${local}@${domainToASCII(trimmed.slice(at + 1))}`;
  if (local.length > MAX_LOCAL || address.length > MAX_ADDRESS) return null;
  return /^\.|\.\.|\.$/.test(local) || !z.regexes.html5Email.test(address) ? null : address;
}

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
