import type { IncomingMessage } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';
import ipaddr from 'ipaddr.js';
import type { Client } from '@flowmesh/platform/access';

export type ClientReader = (request: IncomingMessage) => Client;

const MAX_USER_AGENT = 512;

/**
 * Reads where a request comes from. `X-Forwarded-For` counts only behind these proxies, and from the right: the
 * address that the last of them saw, not what the client itself has written to the left of it.
 */
export function createClientReader(trustProxy: readonly string[]): ClientReader {
  const trusted = proxyAddress.compile([...trustProxy]);
  return (request) => ({
    address: shortest(proxyAddress(request, trusted)) ?? shortest(request.socket.remoteAddress),
    userAgent: request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null,
  });
}

/** One text for one address: IPv4 in IPv6 is IPv4. Null for what is no address. */
function shortest(address: string | undefined): string | null {
  return address !== undefined && ipaddr.isValid(address) ? ipaddr.process(address).toString() : null;
}
