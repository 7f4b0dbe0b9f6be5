import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Admission, Leave } from '@flowmesh/platform/admission';
import { ErrorCode, forbidden, PublicError, unauthenticated } from '@flowmesh/platform/errors';
import type { GatewayLimits } from '../gateway-config.ts';
import type { CallOf } from '../http/caller.ts';
import { isTrustedOrigin, type AllowedOrigins } from '../http/cross-site.ts';
import { leaving } from '../http/leaving.ts';
import { readJsonBody } from '../http/request-reader.ts';
import type { OperationPipeline } from '../operations/operation-pipeline.ts';
import { HttpRefusal, retryAfterOf } from '../operations/refusal.ts';
import { answerMcp } from './mcp-server.ts';

export interface McpRouteOptions {
  readonly pipeline: OperationPipeline;
  readonly admission: Admission;
  readonly callOf: CallOf;
  readonly origins: AllowedOrigins;
  readonly limits: GatewayLimits;
}

/** JSON-RPC leaves this range to servers. */
const REFUSED = -32_000;

/**
 * The Model Context Protocol (streamable HTTP, without sessions): chosen operations of the graph as tools, each executed
 * as one of the graph by the same caller, within the same limits.
 */
export class McpRoute {
  constructor(private readonly options: McpRouteOptions) {}

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { pipeline, admission, callOf, origins, limits } = this.options;
    void reply.header('cache-control', 'no-store');
    let leave: Leave | undefined;
    try {
      if (!isTrustedOrigin(request.headers, origins))
        throw forbidden('Pages of this origin may not use this endpoint.');
      if (request.method !== 'POST') {
        void reply.header('allow', 'POST');
        throw new HttpRefusal('Messages are sent by POST; there are no sessions and no streams to open.', 405);
      }
      leave = await admission.enter(() => leaving(reply));
      const call = await callOf(request);
      if (call.viewer.kind === 'anonymous') throw unauthenticated();
      const message = oneMessage(readJsonBody(request, call.viewer, limits));
      const response = await answerMcp(pipeline, call, toRequest(request), message, () => leaving(reply));
      const body = await response.text();
      return await reply
        .code(response.status)
        .type(response.headers.get('content-type') ?? 'application/json')
        .send(body || undefined);
    } catch (error) {
      return await this.refuse(reply, error);
    } finally {
      leave?.();
    }
  }

  private refuse(reply: FastifyReply, error: unknown): FastifyReply {
    const { status, errors } = this.options.pipeline.refuse([error]);
    const retryAfter = retryAfterOf(errors);
    if (retryAfter !== null) void reply.header('retry-after', String(retryAfter));
    if (status === 401) void reply.header('www-authenticate', 'Bearer');
    const [told] = errors;
    const data = { code: told?.extensions.code, requestId: reply.request.id };
    const body = { jsonrpc: '2.0', error: { code: REFUSED, message: told?.message ?? 'Refused.', data }, id: null };
    return reply.code(status).type('application/json').send(JSON.stringify(body));
  }
}

function oneMessage(body: unknown): unknown {
  if (Array.isArray(body))
    throw new PublicError('Batches are not offered: send one message a request.', ErrorCode.badRequest);
  if (body === undefined) throw new PublicError('The request must be a JSON-RPC message.', ErrorCode.badRequest);
  return body;
}

/** What the SDK reads of a request: its headers; the body is given to it as it was read here. */
function toRequest({ headers, method }: FastifyRequest): Request {
  const given = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  return new Request('http://localhost/mcp', { method, headers: given });
}
