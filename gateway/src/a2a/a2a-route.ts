import type { FastifyReply, FastifyRequest } from 'fastify';
import { unauthenticated } from '@flowmesh/platform/errors';
import type { CallContext } from '@flowmesh/platform/federation';
import { enterJsonRpc, type JsonRpcEntry } from '../http/json-rpc-entry.ts';
import { refuseJsonRpc } from '../http/json-rpc.ts';
import { leaving } from '../http/leaving.ts';
import { ResultStream } from '../http/result-stream.ts';
import { StreamsBySocket } from '../http/streams-by-socket.ts';
import type { SessionWatch } from '../identity/session-watch.ts';
import { HttpRefusal } from '../operations/refusal.ts';
import { A2aGraph } from './a2a-graph.ts';

export interface A2aRouteOptions extends JsonRpcEntry {
  readonly sessions: SessionWatch;
}

/** How long clients may keep the public card, in seconds. */
const CARD_AGE = 300;

/**
 * The Agent2Agent protocol (JSON-RPC, versions 1.0 and 0.3): agents as the caller sees them, their executions as tasks, each request
 * executed as operations of the graph by the same caller, within the same limits.
 */
export class A2aRoute {
  private readonly streams = new StreamsBySocket();

  constructor(private readonly options: A2aRouteOptions) {}

  answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return enterJsonRpc(this.options, request, reply, async (call, message) => {
      const { pipeline } = this.options;
      const { answerA2a, A2A_STREAM } = await import('./a2a-answer.ts');
      const answer = await answerA2a({
        ...this.partsOf(request, reply, call),
        pipeline,
        message,
        version: versionOf(request),
      });
      if (answer.kind === 'refused') return refuseJsonRpc(pipeline, reply, answer.errors, answer.id);
      if (answer.kind === 'json') return reply.type('application/json').send(JSON.stringify(answer.envelope));
      const stream = new ResultStream(answer.events, A2A_STREAM);
      this.streams.add(request.raw.socket, stream);
      return reply.type(A2A_STREAM.type).header('x-accel-buffering', 'no').send(stream);
    });
  }

  /** Of the product: without a token, as it tells how to sign in. */
  async publicCard(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    void reply.header('cache-control', `public, max-age=${CARD_AGE}`).header('vary', 'a2a-version');
    const { publicCardOf } = await import('./a2a-answer.ts');
    const card = await publicCardOf(this.options.origins.publicUrl, versionOf(request));
    return reply.type('application/json').send(JSON.stringify(card));
  }

  /** Of an agent, for who may see it. */
  async agentCard(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { pipeline, callOf } = this.options;
    void reply.header('cache-control', 'no-store').header('vary', 'a2a-version');
    try {
      const call = await callOf(request);
      if (call.viewer.kind === 'anonymous') throw unauthenticated();
      const { extendedCardOf } = await import('./a2a-answer.ts');
      const card = await extendedCardOf(this.partsOf(request, reply, call), versionOf(request));
      if (card === null) throw new HttpRefusal('There is no such agent, or you may not see it.', 404);
      return await reply.type('application/json').send(JSON.stringify(card));
    } catch (error) {
      return await refuseJsonRpc(pipeline, reply, [error]);
    }
  }

  /** Ends open streams; clients subscribe again. */
  close(): void {
    this.streams.end();
  }

  private partsOf(request: FastifyRequest, reply: FastifyReply, call: CallContext) {
    const { pipeline, sessions, origins } = this.options;
    const { id = null } = request.params as { readonly id?: string };
    const graph = new A2aGraph({ pipeline, sessions, call, gone: () => leaving(reply) });
    reply.raw.once('close', () => graph.close());
    return { graph, publicUrl: origins.publicUrl, agentId: id };
  }
}

function versionOf({ headers }: FastifyRequest): string | undefined {
  const version = headers['a2a-version'];
  return typeof version === 'string' && version !== '' ? version : undefined;
}
