import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult, GraphQLError, OperationTypeNode } from 'graphql';
import type { Admission, Leave } from '@flowmesh/platform/admission';
import type { CallContext } from '@flowmesh/platform/federation';
import { toJsonBuffer } from '@flowmesh/platform/json';
import type { GatewayLimits } from '../gateway-config.ts';
import type { SessionWatch } from '../identity/session-watch.ts';
import type { OperationPipeline, PreparedOperation } from '../operations/operation-pipeline.ts';
import { HttpRefusal, retryAfterOf, statusOfResult, type Refusal } from '../operations/refusal.ts';
import { acceptedForms, type AcceptedForms, type AnswerForm } from './accepted-forms.ts';
import type { CallerOf } from './caller.ts';
import { assertNotForged, type AllowedOrigins } from './cross-site.ts';
import { leaving } from './leaving.ts';
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

/** The customary status for clients that disconnected; only for metrics. */
const CLIENT_LEFT = 499;

type StreamName = Exclude<AnswerForm, 'json'>;

/** How to send a finished response; or a stream with one pending result. */
type Work =
  | { readonly send: () => FastifyReply }
  | { readonly form: StreamName; readonly results: () => Promise<ExecutionResult> };

/** Methods of operations. */
export const OPERATION_METHODS = ['GET', 'HEAD', 'POST'];

/**
 * GraphQL over HTTP (working draft): one operation per request, answered as JSON or as a stream of results, depending
 * on the kind of operation and the `Accept` header. Errors are found before anything is written.
 */
export class GraphqlRoute {
  private readonly streams = new StreamsBySocket();

  constructor(private readonly options: GraphqlRouteOptions) {}

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { pipeline, admission, origins } = this.options;
    const accepted = acceptedForms(request.headers.accept);
    // Responses are personal: neither proxies nor browsers may cache them.
    void reply.header('cache-control', 'no-store').type(accepted.jsonType);
    let send: () => FastifyReply;
    let leave: Leave | undefined;
    try {
      assertNotForged(request, origins);
      // The request is complete, and the response is sent after the place is freed: slow clients hold no place.
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

  /** Ends open streams; clients reconnect and resume. */
  close(): void {
    this.streams.end();
  }

  /** Everything before the response is sent. */
  private async work(request: FastifyRequest, reply: FastifyReply, accepted: AcceptedForms): Promise<Work> {
    const { pipeline, callerOf, limits } = this.options;
    const { call, expired } = await callerOf(request);
    const parameters = readRequest(request, call.viewer, limits);
    const prepared = await pipeline.prepare(parameters, call, (kind) => {
      assertMethod(request.method, kind);
      accepted.formFor(kind);
      // With an expired token only public mutations work, to get another token; anything else would be answered as for
      // an anonymous client.
      if (expired && kind !== 'mutation') throw expired;
    });
    if (prepared.kind === 'refused') {
      const ofToken = expired && prepared.status === 401;
      return { send: () => this.refuse(reply, accepted, ofToken ? pipeline.refuse([expired]) : prepared) };
    }
    // The client has disconnected: do not start the work.
    if (reply.raw.destroyed) return { send: () => reply.code(CLIENT_LEFT).send() };
    const form = accepted.formFor(prepared.kind as OperationTypeNode);
    if (prepared.kind === 'subscription') {
      if (form === 'json') throw new Error('a subscription is no JSON');
      return this.subscribe(reply, accepted, form, prepared, call);
    }
    // A stream sends heartbeats while the work continues.
    if (form !== 'json') return { form, results: () => prepared.execute(() => leaving(reply)) };
    const result = await prepared.execute(() => leaving(reply));
    // `application/graphql-response+json` requires status 200 for a response with data, even if all of it is null.
    const status = statusOfResult(result, {
      nullIsNothing: !accepted.jsonType.includes('graphql-response'),
      mayBeDone: prepared.mayBeDoneInPart,
    });
    if (status !== 200) this.sayWhenAgain(reply, result.errors);
    const body = await toJsonBuffer(result);
    return { send: () => reply.code(status).send(body) };
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
   * The protocol of graphql-sse requires errors of an operation in its stream: its client treats any other status as a
   * network error and retries, and an EventSource cannot read the body. Errors of the request or of the moment are
   * reported by the status.
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

/** Statuses for errors of the operation, as opposed to errors of the request or of the moment. */
const IN_STREAM: ReadonlySet<number> = new Set([400, 403]);

const METHODS = 'Operations are sent by POST, queries and subscriptions also by GET.';
const NO_RESERVATIONS =
  'Streams are not reserved here (the single connection mode of graphql-sse): send each operation by POST with `accept: text/event-stream` (distinct connections mode), or use a WebSocket.';

function assertMethod(method: string, kind: OperationTypeNode): void {
  if (kind === 'mutation' && method !== 'POST') throw new HttpRefusal('Mutations are sent by POST.', 405);
}

/**
 * A stream of one result, which is computed when the stream is first read. `ended` is called when it is done or
 * abandoned.
 */
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
