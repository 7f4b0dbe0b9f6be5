import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServiceCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ServiceAnswer {
  readonly status: number;
  /** An object is sent as JSON. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An outside service that is reached by HTTP. `hang` never answers. */
export type Answering = (call: ServiceCall) => ServiceAnswer | 'hang' | Promise<ServiceAnswer | 'hang'>;

export interface HttpService {
  readonly url: string;
  /** Every call, in the order of their arrival. */
  readonly calls: readonly ServiceCall[];
  /** Answers the next calls this way, whatever they ask for. */
  answerNext(...answers: (ServiceAnswer | 'hang')[]): void;
  stop(): Promise<void>;
}

export async function startHttpService(answering: Answering): Promise<HttpService> {
  const calls: ServiceCall[] = [];
  const forced: (ServiceAnswer | 'hang')[] = [];
  const server = createServer((request, response) => {
    void request.toArray().then(async (chunks) => {
      const { method = '', url: path = '', headers } = request;
      const call = { method, path, headers, body: Buffer.concat(chunks as Buffer[]) };
      calls.push(call);
      const answer = forced.shift() ?? (await answering(call));
      if (answer === 'hang') return;
      const { status, body = '', headers: further = {} } = answer;
      const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
      response.writeHead(status, { 'content-type': type, ...further });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answerNext: (...answers) => void forced.push(...answers),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** User and password of HTTP basic authentication. */
export function basicCredentials({
  headers,
}: ServiceCall): { readonly user: string; readonly password: string } | null {
  const [scheme, encoded = ''] = (headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic') return null;
  const text = Buffer.from(encoded, 'base64').toString();
  const at = text.indexOf(':');
  return at < 0 ? null : { user: text.slice(0, at), password: text.slice(at + 1) };
}
