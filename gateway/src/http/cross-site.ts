import type { IncomingHttpHeaders } from 'node:http';
import { ErrorCode, PublicError } from '@flowmesh/platform/errors';

/** Origins of web pages that may use the graph. */
export interface AllowedOrigins {
  /** Where people reach the product itself: its own pages are no strangers. */
  readonly publicUrl: string;
  /** Others, as browsers write them: `https://app.example.org`. */
  readonly others: readonly string[];
}

/** Types that a page of any site can make a browser send without asking us first. */
const SIMPLE_TYPES: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
]);
/** Nor can it add one of these. The first is why clients with a token may use GET as they like (urql does by default). */
const PREFLIGHTED = ['authorization', 'apollo-require-preflight', 'x-apollo-operation-name'] as const;

interface Request {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Throws BAD_REQUEST for what a page of another site could make a visitor's browser send. The same for every answer,
 * streams too. Browsers tell by `sec-fetch-site` and `origin`, which pages cannot write, that a request comes from our
 * own pages or from those that are allowed; that is how an EventSource passes, which can have no headers.
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

/** Whether a WebSocket may be opened: by anything that is no browser, our own pages, and those that are allowed. */
export function isAllowedOrigin({ origin, host }: IncomingHttpHeaders, { publicUrl, others }: AllowedOrigins): boolean {
  if (origin === undefined || others.includes(origin)) return true;
  // Behind a proxy the host may be another one than the page was loaded from.
  return URL.canParse(origin) && [host, new URL(publicUrl).host].includes(new URL(origin).host);
}

/** Without parameters, in lower case; empty when there is none. */
export const mediaTypeOf = ({ 'content-type': type = '' }: IncomingHttpHeaders): string =>
  (type.split(';', 1)[0] ?? '').trim().toLowerCase();
