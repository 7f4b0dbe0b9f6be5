import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import type { ExecutionResult } from 'graphql';
import { unauthenticated } from '@flowmesh/platform/errors';
import type { CallContext } from '@flowmesh/platform/federation';
import type { SessionWatch } from '../identity/session-watch.ts';
import type { OperationPipeline } from '../operations/operation-pipeline.ts';
import { requestOf } from './graphql-route.ts';

export interface EventStreamOptions {
  readonly pipeline: OperationPipeline;
  readonly sessions: SessionWatch;
  readonly callOf: (request: FastifyRequest) => Promise<CallContext>;
}

/**
 * GraphQL over server-sent events, distinct connections mode (graphql-sse protocol): `accept: text/event-stream` on the
 * path of the graph. A stream ends with an UNAUTHENTICATED error within about a second of the end of its session.
 */
export function createEventStreams({ pipeline, sessions, callOf }: EventStreamOptions) {
  const calls = new WeakMap<FastifyRequest, CallContext>();
  const handle = createHandler({
    // Only the mode without reservations: a reserved stream would need a place all gateways share.
    authenticate: () => '',
    onSubscribe: async ({ raw }, { query, operationName, variables }) => {
      const call = calls.get(raw);
      if (!call) throw new Error('a stream without a call');
      const prepared = await pipeline.prepare(
        { query, operationName: operationName ?? undefined, variables: variables ?? undefined },
        call,
      );
      if (prepared.kind === 'refused') return { errors: prepared.errors };
      if (prepared.kind !== 'subscription') return prepared.execute();
      const stream = await prepared.subscribe();
      return 'kind' in stream ? { errors: stream.errors } : untilSessionEnds(stream, sessions, call);
    },
  });
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    // Before the stream begins: a bad token is an ordinary 401.
    calls.set(request, await callOf(request));
    request.body = requestOf(request);
    // The handler writes to the socket itself.
    reply.hijack();
    await handle(request, reply);
  };
}

async function* untilSessionEnds(
  stream: AsyncIterableIterator<ExecutionResult>,
  sessions: SessionWatch,
  { viewer }: CallContext,
): AsyncGenerator<ExecutionResult> {
  let end: (() => void) | undefined;
  const ended = new Promise<'ended'>((resolve) => (end = () => resolve('ended')));
  const unwatch = sessions.watch(viewer, () => end?.());
  try {
    for (;;) {
      const next = await Promise.race([stream.next(), ended]);
      if (next === 'ended') {
        yield { errors: [unauthenticated('The session has ended. Sign in again.')] };
        return;
      }
      if (next.done) return;
      yield next.value;
    }
  } finally {
    unwatch();
    await stream.return?.();
  }
}
