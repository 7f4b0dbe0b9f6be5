import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult, GraphQLError, OperationTypeNode } from 'graphql';
import type { Admission, Leave } from '@flowmesh/platform/admission';
import type { CallContext } from '@flowmesh/platform/federation';
import type { GatewayLimits } from '../gateway-config.ts';
import type { SessionWatch } from '../identity/session-watch.ts';
import type { OperationPipeline, PreparedOperation } from '../operations/operation-pipeline.ts';
import { HttpRefusal, retryAfterOf, statusOfResult, type Refusal } from '../operations/refusal.ts';
import { acceptedForms, type AcceptedForms, type AnswerForm } from './accepted-forms.ts';
import type { CallerOf } from './caller.ts';
import { assertNotForged, type AllowedOrigins } from './cross-site.ts';
import { readRequest } from './request-reader.ts';
import { ResultStream } from './result-stream.ts';
import { SessionStream } from './session-stream.ts';
import { STREAM_FORMS } from './stream-forms.ts';
import { StreamsBySocket } from './streams-by-socket.ts';

export interface GraphqlRouteOptions {
  readonly pipeline: OperationPipeline;
  readonly admission: Admission;
  readonly callerOf: CallerOf;
  readonly sessions: SessionWatch;
  readonly origins: AllowedOrigins;
  readonly limits: GatewayLimits;
}

/** For the metrics only; the usual number for it. */
const CLIENT_LEFT = 499;

type StreamName = Exclude<AnswerForm, 'json'>;

/** How an answer is sent, when the work for it is done; or a stream of one result that is yet to come. */
type Work =
  | { readonly send: () => FastifyReply }
  | { readonly form: StreamName; readonly results: () => Promise<ExecutionResult> };

/** Methods by which operations come. */
export const OPERATION_METHODS = ['GET', 'HEAD', 'POST'];

/**
 * GraphQL over HTTP (working draft): one operation a request, answered as JSON or as a stream of results, whichever the
 * kind of operation and the `Accept` header make right. What is wrong is found before anything is written.
 */
export class GraphqlRoute {
  private readonly streams = new StreamsBySocket();

  constructor(private readonly options: GraphqlRouteOptions) {}

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { pipeline, admission, origins } = this.options;
    const accepted = acceptedForms(request.headers.accept);
    // Answers are for whoever asked; no cache on the way or in a browser is to keep them.
    void reply.header('cache-control', 'no-store').type(accepted.jsonType);
    let send: () => FastifyReply;
    let leave: Leave | undefined;
    try {
      assertNotForged(request, origins);
      // The request is here as a whole, and its answer is sent outside: nobody holds a place by sending or reading slowly.
      leave = await admission.enter(() => leaving(reply));
      const work = await this.work(request, reply, accepted);
      if ('results' in work) {
        const { form, results } = work;
        const place = leave;
        leave = undefined;
        send = () => this.sendStream(reply, form, once(results, place));
      } else send = work.send;
    } catch (error) {
      const refusal = pipeline.refuse([error]);
      send = () => this.send(reply, refusal);
    } finally {
      leave?.();
    }
    return send();
  }

  /** For every other method. */
  refuseMethod(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const message = request.method === 'PUT' ? NO_RESERVATIONS : METHODS;
    void reply.type(acceptedForms(request.headers.accept).jsonType);
    return this.send(reply, this.options.pipeline.refuse([new HttpRefusal(message, 405)]), OPERATION_METHODS);
  }

  /** Breaks off what is still streamed: clients come back to where they were. */
  close(): void {
    this.streams.end();
  }

  /** All that is done for an answer before it is sent. */
  private async work(request: FastifyRequest, reply: FastifyReply, accepted: AcceptedForms): Promise<Work> {
    const { pipeline, callerOf, limits } = this.options;
    const { call, expired } = await callerOf(request);
    const parameters = readRequest(request, call.viewer, limits);
    const prepared = await pipeline.prepare(parameters, call, (kind) => {
      assertMethod(request.method, kind);
      accepted.formFor(kind);
      // Only how to get another token must be possible without one; all else would answer as to nobody.
      if (expired && kind !== 'mutation') throw expired;
    });
    if (prepared.kind === 'refused') {
      const ofToken = expired && prepared.status === 401;
      return { send: () => this.refuse(reply, accepted, ofToken ? pipeline.refuse([expired]) : prepared) };
    }
    // Whoever has left meanwhile gets no answer; what nobody waits for does not begin.
    if (reply.raw.destroyed) return { send: () => reply.code(CLIENT_LEFT).send() };
    const form = accepted.formFor(prepared.kind as OperationTypeNode);
    if (prepared.kind === 'subscription') {
      if (form === 'json') throw new Error('a subscription is no JSON');
      return this.subscribe(reply, accepted, form, prepared, call);
    }
    // Its client hears from us while the work goes on.
    if (form !== 'json') return { form, results: () => prepared.execute(() => leaving(reply)) };
    const result = await prepared.execute(() => leaving(reply));
    // Its own media type forbids another status than 200 for an answer with data, even if all of it is null.
    const status = statusOfResult(result, {
      nullIsNothing: !accepted.jsonType.includes('graphql-response'),
      mayBeDone: prepared.mayBeDoneInPart,
    });
    if (status !== 200) this.sayWhenAgain(reply, result.errors);
    const text = JSON.stringify(result);
    return { send: () => reply.code(status).send(text) };
  }

  private async subscribe(
    reply: FastifyReply,
    accepted: AcceptedForms,
    name: StreamName,
    prepared: PreparedOperation & { readonly kind: 'subscription' },
    call: CallContext,
  ): Promise<Work> {
    const results = await prepared.subscribe();
    if ('kind' in results) return { send: () => this.refuse(reply, accepted, results) };
    const bound = new SessionStream(results, (end) => this.watch(call, end));
    return { send: () => this.sendStream(reply, name, bound) };
  }

  private watch(call: CallContext, end: (last: ExecutionResult) => void): () => void {
    const { sessions, pipeline } = this.options;
    return sessions.watch(call.viewer, (error) => end({ errors: pipeline.refuse([error], call).errors }));
  }

  /**
   * The protocol of graphql-sse wants to hear in its stream what is wrong with an operation: its client takes any other
   * status for the network's fault and tries again, and an EventSource could not read why. Who asks wrongly, or at the
   * wrong moment, is told by the status.
   */
  private refuse(reply: FastifyReply, accepted: AcceptedForms, refusal: Refusal): FastifyReply {
    const { status, errors } = refusal;
    const inStream = IN_STREAM.has(status) && accepted.onlyStream === 'event-stream';
    if (!inStream) return this.send(reply, refusal);
    return this.sendStream(
      reply,
      'event-stream',
      once(() => Promise.resolve({ errors })),
    );
  }

  private send(reply: FastifyReply, { status, errors }: Refusal, allow: readonly string[] = ['POST']): FastifyReply {
    if (status === 405) void reply.header('allow', allow.join(', '));
    if (status === 401) void reply.header('www-authenticate', 'Bearer');
    this.sayWhenAgain(reply, errors);
    return reply.code(status).send(JSON.stringify({ errors }));
  }

  private sayWhenAgain(reply: FastifyReply, errors: readonly GraphQLError[] | undefined): void {
    const retryAfter = retryAfterOf(errors);
    if (retryAfter !== null) void reply.header('retry-after', String(retryAfter));
  }

  private sendStream(reply: FastifyReply, name: StreamName, results: AsyncIterator<ExecutionResult>): FastifyReply {
    const form = STREAM_FORMS[name];
    const stream = new ResultStream(results, form);
    this.streams.add(reply.request.raw.socket, stream);
    return reply.type(form.type).header('x-accel-buffering', 'no').send(stream);
  }
}

/** Statuses of what is wrong with an operation, rather than with who asks or with the moment. */
const IN_STREAM: ReadonlySet<number> = new Set([400, 403]);

const METHODS = 'Operations are sent by POST, queries and subscriptions also by GET.';
const NO_RESERVATIONS =
  'Streams are not reserved here (the single connection mode of graphql-sse): send each operation by POST with `accept: text/event-stream` (distinct connections mode), or use a WebSocket.';

function assertMethod(method: string, kind: OperationTypeNode): void {
  if (kind === 'mutation' && method !== 'POST') throw new HttpRefusal('Mutations are sent by POST.', 405);
}

/** A stream of one result, which is not asked for before the stream is read. `ended`: when it is there, or not wanted. */
function once(
  result: () => Promise<ExecutionResult>,
  ended: () => void = () => undefined,
): AsyncIterator<ExecutionResult> {
  let asked = false;
  const done = { value: undefined, done: true } as const;
  return {
    next: async () => {
      if (asked) return done;
      asked = true;
      return { value: await result().finally(ended), done: false };
    },
    return: async () => {
      if (!asked) ended();
      return done;
    },
  };
}

/** Aborted when the client goes away before it has an answer. */
function leaving({ raw }: FastifyReply): AbortSignal {
  const abort = new AbortController();
  if (raw.destroyed) abort.abort();
  raw.once('close', () => {
    if (!raw.writableFinished) abort.abort();
  });
  return abort.signal;
}
