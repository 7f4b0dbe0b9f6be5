import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Decides which addresses given by users may be called. */
export interface AddressRules {
  /** Null when the URL may be called as far as its text tells; else what is wrong with it, for people. */
  problemOf(url: string): string | null;
  /** The same for a name or address alone, for protocols other than HTTP. */
  hostProblem(host: string): string | null;
  /** Whether a connection for `host` may go to this literal IP address. */
  allows(host: string, address: string): boolean;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Public by their range, yet they answer for the machine itself at some providers. */
const METADATA_ADDRESSES = new Set(['168.63.129.16']);

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}

/** The address with IPv4 unwrapped from the IPv6 forms that carry it; null when it is no address. */
function parse(text: string): Address | null {
  if (!ipaddr.isValid(text)) return null;
  const address = ipaddr.process(text);
  if (address.kind() === 'ipv6' && address.range() === 'rfc6052') {
    // NAT64 (64:ff9b::/96): the last 32 bits are the IPv4 address that is meant.
    const bytes = address.toByteArray().slice(12);
    return ipaddr.fromByteArray(bytes);
  }
  return address;
}

/** `::/96`, the abandoned "IPv4-compatible" form: unicast by its range, loopback to some stacks. */
const IPV4_COMPATIBLE = ipaddr.parseCIDR('::/96');

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || METADATA_ADDRESSES.has(address.toString())) return false;
  return address.kind() === 'ipv4' || !address.match(IPV4_COMPATIBLE);
}

function parseRange(entry: string): Range | null {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  const address = ipaddr.isValid(entry) ? ipaddr.process(entry) : null;
  return address ? [address, address.kind() === 'ipv4' ? 32 : 128] : null;
}

function within(address: Address, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/** A host as the URL parser writes it, which knows every spelling of an IPv4 address; null for what it takes for none. */
function hostnameOf(text: string): string | null {
  const host = isIPv6(bare(text)) ? `[${bare(text)}]` : text;
  const url = `http://${host}/`;
  return /[/?#@:\\]/.test(host.replace(/^\[.*\]$/, '')) || !URL.canParse(url) ? null : new URL(url).hostname;
}

/**
 * Public unicast addresses only, plus what `allowPrivateAddresses` lists: CIDR ranges, addresses, or host names
 * (whatever they resolve to).
 */
export function createAddressRules(allowPrivateAddresses: readonly string[]): AddressRules {
  const ranges: Range[] = [];
  const hosts = new Set<string>();
  for (const entry of allowPrivateAddresses) {
    const range = parseRange(entry);
    if (range) ranges.push(range);
    else hosts.add(entry.toLowerCase());
  }

  const allows = (host: string, text: string): boolean => {
    if (hosts.has(bare(host))) return true;
    const address = parse(bare(text));
    return address !== null && (isPublic(address) || ranges.some((range) => within(address, range)));
  };

  const hostProblem = (text: string): string | null => {
    const host = bare(text).replace(/\.$/, '');
    if (hosts.has(host)) return null;
    const inside = 'leads into the operator’s own network, which its setting ALLOW_PRIVATE_ADDRESSES does not allow';
    if (ipaddr.isValid(host)) return allows(host, host) ? null : inside;
    const isLoopbackName = host === 'localhost' || host.endsWith('.localhost');
    return isLoopbackName && !allows(host, '127.0.0.1') && !allows(host, '::1') ? inside : null;
  };

  return {
    allows,
    hostProblem: (text) => hostProblem(hostnameOf(text) ?? text),
    problemOf(text) {
      let url: URL;
      try {
        url = new URL(text);
      } catch {
        return 'must be an absolute http or https address';
      }
      if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must be an http or https address';
      if (url.username || url.password) return 'must not contain a user name or password';
      // The URL parser has turned every spelling of an IPv4 address (octal, hexadecimal, one number …) into the usual one.
      return hostProblem(url.hostname);
    },
  };
}
