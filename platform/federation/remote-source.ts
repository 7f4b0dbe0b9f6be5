import type { ExecutionResult } from 'graphql';
import { GraphQLError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { Pool } from 'undici';
import { WebSocket } from 'ws';
import { VIEWER_HEADER, type SignViewer } from '../access/index.ts';
import { unavailable } from '../errors/index.ts';
import type { CallContext, GraphQLRequest, SubgraphSource } from './source.ts';

export interface RemoteSourceOptions {
  readonly name: string;
  /** Base address, e.g. `http://agent:4002`. */
  readonly url: string;
  readonly signViewer: SignViewer;
  /** A call that has not been answered by then has failed. Default 320 s: waiting for an agent takes up to 300. */
  readonly timeoutMs?: number;
}

const CONNECTIONS = 64;
const DEFAULT_TIMEOUT_MS = 320_000;
/** Nothing of a call has reached the other side: repeating is safe for mutations too. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);
const RETRY_DELAY_MS = 100;

/** A subgraph in another process: HTTP over a pool of our own, subscriptions over one graphql-ws connection. */
export function createRemoteSource(options: RemoteSourceOptions): SubgraphSource {
  const { name, url, signViewer, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const pool = new Pool(new URL(url).origin, {
    connections: CONNECTIONS,
    connect: { timeout: 3_000 },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 30_000,
  });
  const inFlight = new Map<string, Promise<string>>();
  let socket: Client | undefined;

  const post = async (body: string, call: CallContext): Promise<string> => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-request-id': call.requestId,
      [VIEWER_HEADER]: await signViewer(call.viewer, name),
    };
    const send = async () => {
      const { signal } = call;
      const answer = await pool.request({ method: 'POST', path: '/graphql', headers, body, signal: signal ?? null });
      return answer.body.text();
    };
    try {
      return await send();
    } catch (error) {
      if (!NOT_SENT.has(codeOf(error)) || call.signal?.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS));
      return send();
    }
  };

  /** Equal queries of one viewer that run at the same time are sent once; never mutations. */
  const postOnce = (body: string, request: GraphQLRequest, call: CallContext): Promise<string> => {
    if (!isQuery(request.query) || call.signal) return post(body, call);
    const key = JSON.stringify(call.viewer) + body;
    let answer = inFlight.get(key);
    if (!answer) {
      answer = post(body, call).finally(() => inFlight.delete(key));
      inFlight.set(key, answer);
    }
    return answer;
  };

  const connect = (): Client =>
    (socket ??= createClient({
      url: `${url.replace(/^http/, 'ws').replace(/\/$/, '')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: true,
      lazyCloseTimeout: 5_000,
      keepAlive: 10_000,
      retryAttempts: 3,
      connectionParams: async () => ({
        [VIEWER_HEADER]: await signViewer({ kind: 'service', service: 'gateway', userId: 'gateway', scopes: [] }, name),
      }),
    }));

  return {
    name,
    async execute(request: GraphQLRequest, call: CallContext): Promise<ExecutionResult> {
      try {
        const { query, operationName, variables } = request;
        const text = await postOnce(JSON.stringify({ query, operationName, variables }), request, call);
        return toResult(name, JSON.parse(text));
      } catch (error) {
        if (call.signal?.aborted) throw error;
        throw unavailable(`The ${name} service does not answer; try again.`);
      }
    },
    async subscribe(request: GraphQLRequest, call: CallContext) {
      const { query, operationName, variables } = request;
      const viewer = await signViewer(call.viewer, name);
      const stream = connect().iterate({
        query,
        operationName,
        variables: { ...variables },
        extensions: { [VIEWER_HEADER]: viewer, requestId: call.requestId },
      });
      return stream as AsyncIterableIterator<ExecutionResult>;
    },
    async close() {
      await socket?.dispose();
      await pool.destroy();
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

function toResult(name: string, value: unknown): ExecutionResult {
  if (typeof value !== 'object' || value === null || !('data' in value || 'errors' in value)) {
    throw unavailable(`The ${name} service gave an answer that is no GraphQL result.`);
  }
  const result = value as { data?: ExecutionResult['data']; errors?: readonly GraphQLErrorJson[] };
  if (!result.errors) return { data: result.data };
  const errors = result.errors.map(({ message, path, extensions }) => new GraphQLError(message, { path, extensions }));
  return { data: result.data, errors };
}

interface GraphQLErrorJson {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Record<string, unknown>;
}
