import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Headers that clients of GraphQL send. */
const REQUEST_HEADERS = [
  'accept',
  'authorization',
  'content-type',
  'x-request-id',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'apollographql-client-name',
  'apollographql-client-version',
];
const ANSWER_HEADERS = ['x-request-id', 'retry-after', 'www-authenticate'];
/** How long browsers may remember what they were allowed. */
const PREFLIGHT_SECONDS = 3_600;

/**
 * Lets pages of these origins use the routes of this scope from a browser (CORS). Without credentials of the browser's
 * own: tokens come in a header, there are no cookies. No origins, no headers.
 */
export async function allowOrigins(scope: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await scope.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: ANSWER_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    // OPTIONS that asks for nothing is told the same, rather than that it is wrong.
    strictPreflight: false,
  });
}
