import { HttpDouble, sendJson, type HttpCall } from '@flowmesh/platform/testing';

export interface StripeDouble {
  readonly url: string;
  readonly calls: readonly HttpCall[];
  /** What was created, by kind; a key that comes again creates nothing. */
  readonly created: readonly string[];
  /** How requests are answered next, instead; `done` is what would have been answered. */
  answerNext(...answers: ((call: HttpCall, done: () => void) => void)[]): void;
  forget(): void;
  stop(): Promise<void>;
}

/** Stripe’s API, as far as formats go: form encoding, versions, keys, ids, objects. Keeps what was asked for. */
export async function startStripeDouble(apiKey: string): Promise<StripeDouble> {
  const created: string[] = [];
  const answered = new Map<string, object>();
  const next: ((call: HttpCall, done: () => void) => void)[] = [];

  const refuse = ({ response }: HttpCall, status: number, error: object): void => sendJson(response, { error }, status);

  function problemOf({ method, headers }: HttpCall): string | null {
    if (!/^\d{4}-\d\d-\d\d/.test(String(headers['stripe-version']))) return 'no version';
    if (method !== 'POST') return null;
    if (headers['content-type'] !== 'application/x-www-form-urlencoded') return 'no form';
    return headers['idempotency-key'] ? null : 'no idempotency key';
  }

  function answer(call: HttpCall): void {
    const { method, path, headers, body, response } = call;
    if (headers.authorization !== `Bearer ${apiKey}`) {
      const message = `Invalid API Key provided: ${String(headers.authorization).slice(7)}`;
      return refuse(call, 401, { type: 'invalid_request_error', message });
    }
    const problem = problemOf(call);
    if (problem) return refuse(call, 400, { type: 'invalid_request_error', message: problem });
    const url = new URL(path, double.url);
    const [, , kind = '', id, action] = url.pathname.split('/');
    if (kind === 'balance') return sendJson(response, { object: 'balance', livemode: false });
    if (method === 'GET' && id === undefined) {
      return sendJson(response, { object: 'list', data: [{ id: 'x_1', object: kind }], has_more: true, url: path });
    }
    const key = String(headers['idempotency-key'] ?? '');
    const before = answered.get(key);
    if (before) return sendJson(response, before, 200, { 'idempotent-replayed': 'true' });
    if (method === 'POST' && id === undefined) created.push(kind);
    const fields = Object.fromEntries(new URLSearchParams(body));
    const object = { id: id ?? `${kind.slice(0, 2)}_1`, object: kind, action: action ?? method, fields };
    if (key !== '') answered.set(key, object);
    sendJson(response, object);
  }

  const double = await HttpDouble.start((call) => {
    const given = next.shift();
    if (given) given(call, () => answer(call));
    else answer(call);
  });
  return {
    ...{ url: double.url, calls: double.calls, created },
    answerNext: (...answers) => void next.push(...answers),
    forget: () => void ((created.length = 0), (double.calls.length = 0), (next.length = 0)),
    stop: () => double.stop(),
  };
}
