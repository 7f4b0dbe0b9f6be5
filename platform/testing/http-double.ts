import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** The same as text. */
  readonly body: string;
  /** For what is answered later. */
  readonly response: ServerResponse;
  /** The caller has gone before the answer was complete. */
  aborted: boolean;
}

/**
 * A service on this machine that the product calls; each call is kept, in the order of arrival. Probes of an agent's
 * health (OPTIONS), which come at any time, are answered and not kept.
 */
export class HttpDouble {
  readonly calls: HttpCall[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(answer: (call: HttpCall, response: ServerResponse) => void): Promise<HttpDouble> {
    const server = createServer((request, response) => {
      const { method = '', url: path = '/', headers } = request;
      if (method === 'OPTIONS') return void response.writeHead(204).end();
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const call: HttpCall = { method, path, headers, bytes, body: bytes.toString(), response, aborted: false };
        response.on('close', () => (call.aborted = !response.writableFinished));
        double.calls.push(call);
        answer(call, response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const double = new HttpDouble(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return double;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Answers with a JSON value. */
export function sendJson(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}
