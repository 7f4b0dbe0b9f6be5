import WebSocket from 'ws';
import type { GraphError } from '../harness/graph.ts';

/** What somebody is told who made a mistake: the first error, and how the transport said it. */
export interface Told {
  /** Such as `400 application/json` or `error`. */
  readonly form: string;
  readonly code: string | undefined;
  readonly message: string;
  readonly requestId: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Question {
  /** Sent as JSON; a string is sent as it stands. */
  readonly body: unknown;
  readonly token?: string | null;
}

export interface Transport {
  readonly name: string;
  readonly ask: (url: string, question: Question) => Promise<Told>;
}

const JSON_TYPE = 'application/json';
const RESPONSE_TYPE = 'application/graphql-response+json';
/** As Apollo Client asks for subscriptions. */
const MULTIPART_TYPE = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json';

const byPost =
  (accept: string): Transport['ask'] =>
  (url, { body, token }) =>
    answered(
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': JSON_TYPE, accept, ...(token && { authorization: `Bearer ${token}` }) },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      }),
    );

export const byGet =
  (accept: string): Transport['ask'] =>
  (url, { body, token }) => {
    const address = new URL(`${url}/graphql`);
    for (const [name, value] of Object.entries(body as Record<string, unknown>)) {
      address.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value));
    }
    return answered(
      fetch(address, {
        headers: { accept, 'apollo-require-preflight': 'true', ...(token && { authorization: `Bearer ${token}` }) },
        signal: AbortSignal.timeout(10_000),
      }),
    );
  };

export const POST_JSON: Transport = { name: 'POST', ask: byPost(JSON_TYPE) };
export const POST_RESPONSE_JSON: Transport = { name: 'POST, graphql-response+json', ask: byPost(RESPONSE_TYPE) };
export const GET: Transport = { name: 'GET', ask: byGet(RESPONSE_TYPE) };
export const EVENT_STREAM: Transport = { name: 'SSE', ask: byPost('text/event-stream') };
export const MULTIPART: Transport = { name: 'multipart', ask: byPost(MULTIPART_TYPE) };
export const WEB_SOCKET: Transport = { name: 'WebSocket', ask: overSocket };

/** The first error of an answer, whichever of the three ways it is written in. */
async function answered(request: Promise<Response>): Promise<Told> {
  const response = await request;
  const headers = Object.fromEntries(response.headers);
  const type = headers['content-type']?.split(';', 1)[0] ?? 'nothing';
  const text = await response.text();
  const told = (form: string, body: unknown): Told => {
    const { errors } = (body ?? {}) as { errors?: readonly GraphError[] };
    return { form: `${response.status} ${form}`, ...partsOf(errors?.[0]), headers };
  };
  if (type === 'text/event-stream') {
    const events = eventsOf(text);
    return told(`${type}: ${events.map(({ event }) => event).join(', ')}`, parsed(events[0]?.data || '{}'));
  }
  if (type === 'multipart/mixed') {
    const [body, ...more] = jsonPartsOf(text);
    return told(`${type}: ${1 + more.length} part`, body);
  }
  return told(type, text.startsWith('{') ? parsed(text) : { errors: [{ message: text }] });
}

export function eventsOf(text: string): { event: string; data: string }[] {
  return text
    .split('\n\n')
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? '';
      return { event: field('event'), data: field('data') };
    })
    .filter(({ event }) => event !== '');
}

/** Without the empty ones, which only show that the stream is alive. */
export const jsonPartsOf = (text: string): unknown[] =>
  [...text.matchAll(/\r\n\r\n(\{.*?\})\s*(?=\r\n--)/gs)]
    .map(([, json]) => json!)
    .filter((json) => json !== '{}')
    .map(parsed);

const parsed = (json: string) => JSON.parse(json) as unknown;

function partsOf(error: GraphError | undefined) {
  return {
    code: error?.extensions?.code,
    message: error?.message ?? 'no error',
    requestId: error?.extensions?.requestId,
  };
}

/** One operation over a socket of its own, as graphql-transport-ws has it. */
function overSocket(url: string, { body, token }: Question): Promise<Told> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
    const timer = setTimeout(() => reject(new Error('no answer over the socket within 10 s')), 10_000);
    const finish = (told: Omit<Told, 'headers'>) => {
      clearTimeout(timer);
      socket.close();
      resolve({ ...told, headers: {} });
    };
    const payload = typeof body === 'string' ? body : { ...(body as object) };
    socket.on('open', () =>
      socket.send(
        JSON.stringify({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} }),
      ),
    );
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string; payload?: unknown };
      if (message.type === 'connection_ack') {
        socket.send(typeof body === 'string' ? body : JSON.stringify({ id: '1', type: 'subscribe', payload }));
      } else if (message.type === 'error') {
        finish({ form: 'error', ...partsOf((message.payload as readonly GraphError[])[0]) });
      } else if (message.type === 'next' || message.type === 'complete') {
        const { errors } = (message.payload ?? {}) as { errors?: readonly GraphError[] };
        finish({ form: message.type, ...partsOf(errors?.[0]) });
      }
    });
    socket.on('close', (code, reason) =>
      finish({ form: `close ${code}`, code: undefined, message: reason.toString(), requestId: undefined }),
    );
    socket.on('error', reject);
  });
}
