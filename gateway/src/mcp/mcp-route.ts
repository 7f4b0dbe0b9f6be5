import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Admission, Leave } from '@flowmesh/platform/admission';
import { unauthenticated } from '@flowmesh/platform/errors';
import type { GatewayLimits } from '../gateway-config.ts';
import type { CallOf } from '../http/caller.ts';
import type { AllowedOrigins } from '../http/cross-site.ts';
import { assertJsonRpcPost, readJsonRpcMessage, refuseJsonRpc } from '../http/json-rpc.ts';
import { leaving } from '../http/leaving.ts';
import type { OperationPipeline } from '../operations/operation-pipeline.ts';
import { answerMcp } from './mcp-server.ts';

export interface McpRouteOptions {
  readonly pipeline: OperationPipeline;
  readonly admission: Admission;
  readonly callOf: CallOf;
  readonly origins: AllowedOrigins;
  readonly limits: GatewayLimits;
}

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
      assertJsonRpcPost(request, reply, origins);
      leave = await admission.enter(() => leaving(reply));
      const call = await callOf(request);
      if (call.viewer.kind === 'anonymous') throw unauthenticated();
      const message = readJsonRpcMessage(request, call.viewer, limits);
      const response = await answerMcp(pipeline, call, toRequest(request), message, () => leaving(reply));
      const body = await response.text();
      return await reply
        .code(response.status)
        .type(response.headers.get('content-type') ?? 'application/json')
        .send(body || undefined);
    } catch (error) {
      return await refuseJsonRpc(pipeline, reply, [error]);
    } finally {
      leave?.();
    }
  }
}

/** What the SDK reads of a request: its headers; the body is given to it as it was read here. */
function toRequest({ headers, method }: FastifyRequest): Request {
  const given = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  return new Request('http://localhost/mcp', { method, headers: given });
}
