import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedCall {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Set when the caller has gone away before the answer was complete. */
  aborted: boolean;
}

type Answer = (call: ReceivedCall, response: ServerResponse) => void;

/**
 * A service on this machine that agents call; each call is kept. Probes of its health, which come at any time, are
 * answered and not kept.
 */
export class HttpDouble {
  readonly calls: ReceivedCall[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(answer: Answer): Promise<HttpDouble> {
    const server = createServer((request, response) => {
      if (request.method === 'OPTIONS') return void response.writeHead(204).end();
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        const call: ReceivedCall = { path: request.url ?? '/', headers: request.headers, body, aborted: false };
        response.on('close', () => (call.aborted = !response.writableFinished));
        double.calls.push(call);
        answer(call, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const double = new HttpDouble(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return double;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Answers with a JSON value. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

/** Begins an answer of server-sent events; gives how to send one. */
export function beginEvents(response: ServerResponse): (data: unknown, event?: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  return (data, event) => {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    response.write(`${event ? `event: ${event}\n` : ''}data: ${text}\n\n`);
  };
}

/** One chunk of an OpenAI-compatible chat stream. */
export const chatChunk = (delta: object, finish: string | null = null, usage: object | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'double-1',
  choices: usage ? [] : [{ index: 0, delta, finish_reason: finish }],
  ...(usage && { usage }),
});

/** Streams a chat answer word by word, with its usage at the end. */
export function answerChat(response: ServerResponse, words: readonly string[]): void {
  const send = beginEvents(response);
  send(chatChunk({ role: 'assistant', content: '' }));
  for (const word of words) send(chatChunk({ content: word }));
  send(chatChunk({}, 'stop'));
  send(chatChunk({}, null, { prompt_tokens: 12, completion_tokens: words.length, total_tokens: 12 + words.length }));
  send('[DONE]');
  response.end();
}
