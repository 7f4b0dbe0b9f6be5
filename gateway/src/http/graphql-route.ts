import type { FastifyReply, FastifyRequest } from 'fastify';
import { ErrorCode, PublicError } from '@flowmesh/platform/errors';
import type { CallContext, GraphQLRequest } from '@flowmesh/platform/federation';
import type { OperationPipeline } from '../operations/operation-pipeline.ts';
import { HttpRefusal, type Refusal } from '../operations/refusal.ts';
import { readParameters, readSearchParameters } from '../operations/request-parameters.ts';

/** Who asks, by the request's headers; throws UNAUTHENTICATED for a token that is not good. */
export type CallOf = (request: FastifyRequest) => Promise<CallContext>;

const JSON_TYPE = 'application/json; charset=utf-8';
const RESPONSE_TYPE = 'application/graphql-response+json; charset=utf-8';

/** Answers one query or mutation over HTTP (GraphQL over HTTP, working draft). */
export async function answerOverHttp(
  pipeline: OperationPipeline,
  callOf: CallOf,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  // Answers are for whoever asked; no cache on the way or in a browser is to keep them.
  void reply.header('cache-control', 'no-store').type(typeOf(request.headers.accept));
  const refuse = ({ status, errors }: Refusal) => {
    if (status === 405) void reply.header('allow', 'POST');
    return reply.code(status).send(JSON.stringify({ errors }));
  };
  try {
    assertNotForged(request);
    const parameters = requestOf(request);
    const prepared = await pipeline.prepare(parameters, await callOf(request), (kind) => {
      if (kind === 'subscription') {
        throw new HttpRefusal('Subscriptions need `accept: text/event-stream`, or a WebSocket.', 406);
      }
      if (kind === 'mutation' && request.method === 'GET') throw new HttpRefusal('Mutations are sent by POST.', 405);
    });
    if (prepared.kind === 'refused') return await refuse(prepared);
    if (prepared.kind === 'subscription') throw new Error('a subscription that the transport does not carry');
    return await reply.code(200).send(JSON.stringify(await prepared.execute()));
  } catch (error) {
    return refuse(pipeline.refuse([error]));
  }
}

const typeOf = (accept: string | undefined): string =>
  accept?.includes('application/graphql-response+json') ? RESPONSE_TYPE : JSON_TYPE;

/** Pages of other sites can make browsers send simple requests only. Throws BAD_REQUEST for one of those. */
function assertNotForged({ method, headers }: FastifyRequest): void {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  const simple = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];
  const preflighted = headers['apollo-require-preflight'] ?? headers['x-apollo-operation-name'];
  if ((method === 'POST' && type !== undefined && !simple.includes(type)) || preflighted) return;
  throw new PublicError(
    'Send `content-type: application/json`, or by GET the header `apollo-require-preflight: true`.',
    ErrorCode.badRequest,
  );
}

export function requestOf(request: FastifyRequest): GraphQLRequest {
  if (request.method === 'GET') return readSearchParameters(new URLSearchParams(request.url.split('?')[1] ?? ''));
  return readParameters(jsonBody(request));
}

/** The request of a body that is JSON. */
function jsonBody({ headers, body }: FastifyRequest): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined;
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new PublicError('The body is not valid JSON.', ErrorCode.badRequest);
  }
}
