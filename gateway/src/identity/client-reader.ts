import type { IncomingMessage } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';
import ipaddr from 'ipaddr.js';
import type { Client } from '@flowmesh/platform/access';

export type ClientReader = (request: IncomingMessage) => Client;

const MAX_USER_AGENT = 512;

/**
 * Reads where a request comes from. `X-Forwarded-For` is used only behind these proxies, and read from the right: it is
 * the address that the outermost trusted proxy saw, not entries that the client itself has written to the left of it.
 */
export function createClientReader(trustProxy: readonly string[]): ClientReader {
  const trusted = proxyAddress.compile([...trustProxy]);
  return (request) => ({
    address: shortest(proxyAddress(request, trusted)) ?? shortest(request.socket.remoteAddress),
    userAgent: request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null,
  });
}

/** The canonical text of an address; IPv4 in IPv6 becomes IPv4. Null for a text that is not an address. */
function shortest(address: string | undefined): string | null {
  return address !== undefined && ipaddr.isValid(address) ? ipaddr.process(address).toString() : null;
}
