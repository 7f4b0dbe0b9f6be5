import type { FastifyReply, FastifyRequest } from 'fastify';
import { enterJsonRpc, type JsonRpcEntry } from '../http/json-rpc-entry.ts';
import { leaving } from '../http/leaving.ts';
import { answerMcp } from './mcp-server.ts';

export type McpRouteOptions = JsonRpcEntry;

/**
 * The Model Context Protocol (streamable HTTP, without sessions): chosen operations of the graph as tools, each executed
 * as one of the graph by the same caller, within the same limits.
 */
export class McpRoute {
  constructor(private readonly options: McpRouteOptions) {}

  answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return enterJsonRpc(this.options, request, reply, async (call, message) => {
      const { pipeline } = this.options;
      const response = await answerMcp(pipeline, call, toRequest(request), message, () => leaving(reply));
      const body = await response.text();
      return reply
        .code(response.status)
        .type(response.headers.get('content-type') ?? 'application/json')
        .send(body || undefined);
    });
  }
}

/** What the SDK reads of a request: its headers; the body is given to it as it was read here. */
function toRequest({ headers, method }: FastifyRequest): Request {
  const given = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  return new Request('http://localhost/mcp', { method, headers: given });
}
