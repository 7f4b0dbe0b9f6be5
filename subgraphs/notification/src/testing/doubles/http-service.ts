import { HttpDouble, type HttpCall } from '@flowmesh/platform/testing';

export type ServiceCall = HttpCall;

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
  const forced: (ServiceAnswer | 'hang')[] = [];
  const double = await HttpDouble.start((call, response) => {
    void (async () => {
      const answer = forced.shift() ?? (await answering(call));
      if (answer === 'hang') return;
      const { status, body = '', headers: further = {} } = answer;
      const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
      response.writeHead(status, { 'content-type': type, ...further });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    })();
  });
  return {
    url: double.url,
    calls: double.calls,
    answerNext: (...answers) => void forced.push(...answers),
    stop: () => double.stop(),
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
