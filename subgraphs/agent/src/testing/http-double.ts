import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly response: ServerResponse;
  /** The caller has gone before the answer was complete. */
  aborted: boolean;
}

/** A service that agents call. Probes of its health, which come at any time, are answered and not counted. */
export async function startDouble(answer: (call: Call) => void) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    void request.toArray().then((chunks) => {
      const { method = '', url: path = '', headers } = request;
      const call: Call = { method, path, headers, body: Buffer.concat(chunks).toString(), response, aborted: false };
      response.on('close', () => (call.aborted = !response.writableFinished));
      calls.push(call);
      answer(call);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    calls,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function sendJson(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}
