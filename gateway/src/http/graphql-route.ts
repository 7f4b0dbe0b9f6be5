import { Readable } from 'node:stream';
import { HeaderMap, type ApolloServer, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { CallContext } from '@flowmesh/platform/federation';
import type { GatewayContext } from '../supergraph/subgraph-data-source.ts';

/** Who asks, by the request's headers; throws UNAUTHENTICATED for a token that is not good. */
export type CallOf = (request: FastifyRequest) => Promise<CallContext>;

/** Answers one GraphQL request over HTTP (GraphQL over HTTP, working draft) through Apollo Server. */
export async function answerOverHttp(
  server: ApolloServer<GatewayContext>,
  callOf: CallOf,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const httpGraphQLRequest = toApolloRequest(request);
  if (httpGraphQLRequest === null) {
    const error = {
      message: 'The body is not valid JSON.',
      extensions: { code: 'BAD_REQUEST', requestId: request.id },
    };
    return reply.code(400).send({ errors: [error] });
  }
  const answer = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest,
    context: async () => ({ call: await callOf(request) }),
  });
  // Answers are for whoever asked; no cache on the way or in a browser is to keep them.
  void reply.code(answer.status ?? 200).header('cache-control', 'no-store');
  for (const [name, value] of answer.headers) void reply.header(name, value);
  return answer.body.kind === 'complete'
    ? reply.send(answer.body.string)
    : reply.send(Readable.from(answer.body.asyncIterator));
}

/** Null when the body says it is JSON and is not. */
function toApolloRequest(request: FastifyRequest): HTTPGraphQLRequest | null {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const query = request.raw.url?.indexOf('?') ?? -1;
  const search = query >= 0 ? (request.raw.url ?? '').slice(query) : '';
  const body = parseBody(request);
  return body.ok ? { method: request.method, headers, search, body: body.value } : null;
}

function parseBody({ headers, body }: FastifyRequest): { ok: true; value: unknown } | { ok: false } {
  if (!Buffer.isBuffer(body) || body.length === 0) return { ok: true, value: undefined };
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(body.toString('utf8')) };
  } catch {
    return { ok: false };
  }
}

/** The request of a body that is JSON, for protocols that do not go through Apollo Server's HTTP layer. */
export function jsonBody(request: FastifyRequest): unknown {
  const body = parseBody(request);
  if (!body.ok) throw new GraphQLError('The body is not valid JSON.', { extensions: { code: 'BAD_REQUEST' } });
  return body.value;
}
