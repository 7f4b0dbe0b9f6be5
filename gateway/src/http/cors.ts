import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Headers that GraphQL clients send. */
const REQUEST_HEADERS = [
  'accept',
  'authorization',
  'content-type',
  'x-request-id',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'apollographql-client-name',
  'apollographql-client-version',
  'mcp-protocol-version',
  'a2a-version',
  'last-event-id',
];
const ANSWER_HEADERS = ['x-request-id', 'retry-after', 'www-authenticate'];
/** How long browsers may cache a preflight response. */
const PREFLIGHT_SECONDS = 3_600;

/**
 * Allows pages of these origins to use the routes of this scope (CORS). Without browser credentials, because tokens are
 * in a header and there are no cookies. Without origins, no headers are sent.
 */
export async function allowOrigins(scope: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await scope.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: ANSWER_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    // An OPTIONS request that is no preflight gets the same response instead of an error.
    strictPreflight: false,
  });
}
