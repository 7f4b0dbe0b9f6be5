import type { Registry } from 'prom-client';
import { Pool } from 'undici';
import { VIEWER_HEADER, type SignViewer } from '../access/index.ts';
import { PublicError, unavailable } from '../errors/index.ts';
import { warnSeldom, type Logger } from '../logging/index.ts';
import { NoAnswerError, ServiceCalls } from '../resilience/index.ts';
import { createRemoteStreams } from './remote-stream.ts';
import { parseResult } from './result-json.ts';
import { serviceAddress } from './service-address.ts';
import type { CallContext, GraphQLRequest, SubgraphSource } from './source.ts';
import type { AsksToWait } from './waits.ts';

export interface RemoteSourceOptions {
  readonly name: string;
  /** Base address, e.g. `http://agent:4002`; may have a path. */
  readonly url: string;
  readonly signViewer: SignViewer;
  /** Which mutations are answered only when their work has ended, as the SDL says; see `readWaits`. */
  readonly asksToWait: AsksToWait;
  /** Timeout for the answer to a query, and for the start of a stream. Default 5 s. */
  readonly queryTimeoutMs?: number;
  /** Timeout for mutations. Default 10 s, because some query another domain first. */
  readonly timeoutMs?: number;
  /** Timeout for mutations that wait. Default 320 s, because waiting for an agent takes up to 300. */
  readonly waitingTimeoutMs?: number;
  /** How long the connection for streams stays open when there are none; it keeps a process alive. Default 5 s. */
  readonly idleCloseMs?: number;
  /** Maximum concurrent calls, not counting those that take longer than 10 s. Default: no limit. */
  readonly mostCalls?: number;
  /** Is told why a subgraph is unavailable; clients are only told that it is. */
  readonly logger?: Logger;
  readonly metrics?: Registry;
}

export interface RemoteSource extends SubgraphSource {
  /** For everything else that asks the same subgraph, and to show. */
  readonly calls: ServiceCalls;
}

interface Reply {
  readonly status: number;
  readonly text: string;
}

const CONNECTIONS = 64;
const CONNECT_TIMEOUT_MS = 3_000;
/** Many times what answers take that nobody asked to be waited for. */
const QUERY_TIMEOUT_MS = 5_000;
const MUTATION_TIMEOUT_MS = 10_000;
const WAITING_TIMEOUT_MS = 320_000;
const IDLE_CLOSE_MS = 5_000;
/** Nothing of a call has reached the other side: repeating is safe for mutations too. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);
/** The connection broke under the call, which may have been executed: only queries are repeated. */
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** A subgraph in another process: HTTP over a pool of our own, subscriptions over one graphql-ws connection. */
export function createRemoteSource(options: RemoteSourceOptions): RemoteSource {
  const { name, url, signViewer, asksToWait, logger, metrics, mostCalls } = options;
  const { queryTimeoutMs = QUERY_TIMEOUT_MS, timeoutMs = MUTATION_TIMEOUT_MS } = options;
  const { waitingTimeoutMs = WAITING_TIMEOUT_MS, idleCloseMs = IDLE_CLOSE_MS } = options;
  const { origin, prefix } = serviceAddress(url);
  const pool = new Pool(origin, {
    connections: CONNECTIONS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: 30_000,
  });
  // A connection of its own: those of the pool may all be held by calls without an answer.
  const probes = new Pool(origin, { connections: 1 });
  const probe = async (signal: AbortSignal) => {
    const { body } = await probes.request({ method: 'GET', path: `${prefix}/health/live`, signal });
    await body.dump();
  };
  const calls = new ServiceCalls({ name, mostCalls, probe, logger, metrics });
  const streams = createRemoteStreams({
    name,
    url: `${origin}${prefix}`,
    signViewer,
    startTimeoutMs: queryTimeoutMs,
    idleCloseMs,
    calls,
    logger,
  });
  const inFlight = new Map<string, Promise<Reply>>();

  const post = async (body: string, request: GraphQLRequest, call: CallContext): Promise<Reply> => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-request-id': call.requestId,
      [VIEWER_HEADER]: signViewer(call.viewer, name, call.client),
    };
    const query = isQuery(request.query);
    const long = !query && asksToWait(request);
    const send = async (signal: AbortSignal) => {
      try {
        const { statusCode, body: answer } = await pool.request({
          method: 'POST',
          path: `${prefix}/graphql`,
          headers,
          body,
          signal,
          // The deadline of the call is the only one.
          headersTimeout: 0,
          bodyTimeout: 0,
        });
        return { status: statusCode, text: await answer.text() };
      } catch (error) {
        const code = codeOf(error);
        throw new NoAnswerError(error, NOT_SENT.has(code) || (query && BROKEN.has(code)));
      }
    };
    return calls.run(send, {
      timeoutMs: long ? waitingTimeoutMs : query ? queryTimeoutMs : timeoutMs,
      signal: call.signal,
      timeoutIsFault: !long,
      repeats: true,
    });
  };

  /** Equal queries of one viewer at one client that run at the same time are sent once; never mutations. */
  const postOnce = (body: string, request: GraphQLRequest, call: CallContext): Promise<Reply> => {
    if (!isQuery(request.query) || call.signal) return post(body, request, call);
    const key = JSON.stringify([call.viewer, call.client]) + body;
    const sent = inFlight.get(key);
    // A caller that shares another's call also waits for the subgraph and holds as many resources.
    if (sent) return calls.run(() => sent, { timeoutMs: queryTimeoutMs });
    const reply = post(body, request, call).finally(() => inFlight.delete(key));
    inFlight.set(key, reply);
    return reply;
  };

  const warnOfSilence = warnSeldom(logger, 'a subgraph does not answer');
  const failed = (reason: unknown, call: CallContext, message: string) => {
    warnOfSilence({ err: reason, subgraph: name, requestId: call.requestId });
    return unavailable(message);
  };

  return {
    name,
    calls,
    async execute(request, call) {
      const { query, operationName, variables } = request;
      let reply: Reply;
      try {
        reply = await postOnce(JSON.stringify({ query, operationName, variables }), request, call);
      } catch (error) {
        if (call.signal?.aborted || error instanceof PublicError) throw error;
        throw failed(
          error instanceof NoAnswerError ? error.cause : error,
          call,
          `The ${name} service does not answer; try again.`,
        );
      }
      // Each caller reads the text for itself: results are changed on their way to the client.
      const result = reply.status === 401 ? null : parseResult(reply.text);
      if (result) return result;
      // 401 says that the processes do not share one INTERNAL_SECRET; the client can do nothing about it.
      const reason = new Error(`HTTP ${reply.status}: ${reply.text.slice(0, 200)}`);
      throw failed(reason, call, `The ${name} service gave an answer that cannot be used; try again.`);
    },
    subscribe: (request, call) => streams.subscribe(request, call),
    async close() {
      calls.close();
      await streams.close();
      await Promise.all([pool.destroy(), probes.destroy()]);
    },
  };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

function isQuery(query: string): boolean {
  return /^\s*(query\b|\{)/.test(query);
}
