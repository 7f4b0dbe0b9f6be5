import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ErrorCode, forbidden, PublicError } from '@flowmesh/platform/errors';
import type { Viewer } from '@flowmesh/platform/access';
import { discardTooLarge } from '@flowmesh/platform/server';
import type { GatewayLimits } from '../gateway-config.ts';
import type { OperationPipeline } from '../operations/operation-pipeline.ts';
import { HttpRefusal, retryAfterOf } from '../operations/refusal.ts';
import { isTrustedOrigin, type AllowedOrigins } from './cross-site.ts';
import { readJsonBody } from './request-reader.ts';

/** JSON-RPC leaves this range to servers. */
const REFUSED = -32_000;

type Refusing = Pick<OperationPipeline, 'refuse'>;

/** Answers with a refusal of the gateway, as an error of JSON-RPC. */
export function refuseJsonRpc(
  pipeline: Refusing,
  reply: FastifyReply,
  problems: readonly unknown[],
  id: string | number | null = null,
): FastifyReply {
  const { status, errors } = pipeline.refuse(problems);
  const retryAfter = retryAfterOf(errors);
  if (retryAfter !== null) void reply.header('retry-after', String(retryAfter));
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  const [told] = errors;
  const data = { code: told?.extensions.code, requestId: reply.request.id };
  const body = { jsonrpc: '2.0', error: { code: REFUSED, message: told?.message ?? 'Refused.', data }, id };
  return reply.code(status).type('application/json').send(JSON.stringify(body));
}

/** Of requests that Fastify refuses before they reach their handler, such as bodies that are too large. */
export const jsonRpcErrorHandler =
  (pipeline: Refusing) =>
  (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const { statusCode = 500, message } = error;
    if (statusCode >= 500) throw error;
    if (statusCode !== 413) {
      refuseJsonRpc(pipeline, reply, [new HttpRefusal(message, statusCode)]);
      return;
    }
    const refuse = () => refuseJsonRpc(pipeline, reply, [new PublicError(message, ErrorCode.tooLarge)]);
    void discardTooLarge(request, reply).then(refuse);
  };

/** Throws unless it is a POST that no page of another origin has sent. */
export function assertJsonRpcPost(request: FastifyRequest, reply: FastifyReply, origins: AllowedOrigins): void {
  if (!isTrustedOrigin(request.headers, origins)) throw forbidden('Pages of this origin may not use this endpoint.');
  if (request.method === 'POST') return;
  void reply.header('allow', 'POST');
  throw new HttpRefusal('Messages are sent by POST; there are no sessions and no streams to open.', 405);
}

/** The one message of a request, within the limits of bodies. */
export function readJsonRpcMessage(request: FastifyRequest, viewer: Viewer, limits: GatewayLimits): unknown {
  const body = readJsonBody(request, viewer, limits);
  if (Array.isArray(body))
    throw new PublicError('Batches are not offered: send one message a request.', ErrorCode.badRequest);
  if (body === undefined) throw new PublicError('The request must be a JSON-RPC message.', ErrorCode.badRequest);
  return body;
}
