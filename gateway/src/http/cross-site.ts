import type { IncomingHttpHeaders } from 'node:http';
import { ErrorCode, PublicError } from '@flowmesh/platform/errors';

/** Origins of web pages that may use the graph. */
export interface AllowedOrigins {
  /** The public address of the product, whose own pages are allowed. */
  readonly publicUrl: string;
  /** Other origins, as browsers write them: `https://app.example.org`. */
  readonly others: readonly string[];
}

/** Types that a page of any site can make a browser send without a preflight. */
const SIMPLE_TYPES: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
]);
/**
 * Headers that need a preflight. Because of the first, clients with a token may use GET freely (urql does by default).
 */
const PREFLIGHTED = ['authorization', 'apollo-require-preflight', 'x-apollo-operation-name'] as const;

interface Request {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Protection against cross-site request forgery: throws BAD_REQUEST for requests that a page of another site could make
 * a visitor's browser send. Applies to all responses, streams too. `sec-fetch-site` and `origin`, which pages cannot
 * set, show that a request comes from our own or an allowed page; so an EventSource, which cannot have headers, passes.
 */
export function assertNotForged({ method, headers }: Request, { others }: AllowedOrigins): void {
  const type = mediaTypeOf(headers);
  if (method === 'POST' && type !== '' && !SIMPLE_TYPES.has(type)) return;
  if (PREFLIGHTED.some((name) => headers[name] !== undefined && headers[name] !== '')) return;
  if (headers['sec-fetch-site'] === 'same-origin') return;
  if (headers.origin !== undefined && others.includes(headers.origin)) return;
  throw new PublicError(
    'Send `content-type: application/json`, or by GET the header `apollo-require-preflight: true`.',
    ErrorCode.badRequest,
  );
}

/** Whether a WebSocket may be opened: by clients that are not browsers, our own pages, and allowed ones. */
export function isAllowedOrigin({ origin, host }: IncomingHttpHeaders, { publicUrl, others }: AllowedOrigins): boolean {
  if (origin === undefined || others.includes(origin)) return true;
  // Behind a proxy, `host` may differ from the host of the page.
  return URL.canParse(origin) && [host, new URL(publicUrl).host].includes(new URL(origin).host);
}

/**
 * Whether a page may use an endpoint for agents: the protocols ask for this check, as a page whose name is made to lead
 * to this machine sends a `host` of its own.
 */
export const isTrustedOrigin = ({ origin }: IncomingHttpHeaders, { publicUrl, others }: AllowedOrigins): boolean =>
  origin === undefined || others.includes(origin) || origin === new URL(publicUrl).origin;

/** Without parameters, in lower case; empty if absent. */
export const mediaTypeOf = ({ 'content-type': type = '' }: IncomingHttpHeaders): string =>
  (type.split(';', 1)[0] ?? '').trim().toLowerCase();
