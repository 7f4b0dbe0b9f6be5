import { domainToASCII, domainToUnicode } from 'node:url';
import { z } from 'zod';

const MAX_LOCAL = 64;
const MAX_ADDRESS = 254;

/** What a domain name is made of, the dots of other scripts (IDNA reads them as `.`) included; the library would cut anything else off, or read it as an address of a network. */
const DOMAIN = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u;
const ENDS_IN_NUMBER = /(?:^|\.)\d+$/;
/** A label that says it is Punycode, and stands for nothing outside ASCII: Node 20 refuses most of these, Node 24 none. */
const isBadPunycode = (label: string) => label.startsWith('xn--') && !/[^\0-\x7f]/.test(domainToUnicode(label));

/** A domain name as it is looked up, in ASCII and lower case; null when it is none. May be part of one. */
export function asciiDomain(text: string): string | null {
  const domain = DOMAIN.test(text) ? domainToASCII(text) : '';
  if (domain === '' || ENDS_IN_NUMBER.test(domain)) return null;
  return domain.split('.').some(isBadPunycode) ? null : domain;
}

/**
 * The address as mail servers take it, its domain in ASCII (`ada@münchen.example` is `ada@xn--mnchen-3ya.example`); null
 * when it is none. One bare address: no name, no list, no line break, so that nothing can be added to a header with it.
 * The one rule of the product: whatever is accepted in one place is in all others.
 */
export function emailAddress(text: string): string | null {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, Math.max(at, 0));
  // Longer than any domain, in whichever alphabet: not worth going over.
  if (local.length > MAX_LOCAL || trimmed.length > MAX_ADDRESS) return null;
  const address = `${local}@${asciiDomain(trimmed.slice(at + 1)) ?? ''}`;
  if (address.length > MAX_ADDRESS) return null;
  return /^\.|\.\.|\.$/.test(local) || !z.regexes.html5Email.test(address) ? null : address;
}
