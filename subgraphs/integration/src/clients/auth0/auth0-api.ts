import { GuardedHttpError, type GuardedHttp } from '@flowmesh/platform/http';
import { readJson } from '@flowmesh/platform/json';
import { CallError } from '@flowmesh/platform/resilience';
import { connectionFailure } from '../http/http-failure.ts';
import type { Settings } from '../integration-client.ts';
import { providerFailure, unusableAnswer } from '../provider-failure.ts';
import { ACCESS_TOKEN, TOKEN_NOT_ACCEPTED } from '../token-grant.ts';
import { originOf, type Auth0Configuration } from './auth0-configuration.ts';

/** The policy of the integration ends calls before; this one bounds what forgets to. */
const DEADLINE_MS = 600_000;
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
const ANSWER_LIMITS = { maxDepth: 32, maxValues: 100_000 };
const WHO = 'Auth0';

type Fields = Readonly<Record<string, unknown>>;

export interface Auth0Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the tenant’s address; what is put in is encoded already. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
  readonly repeatable: boolean;
}

/** Tells the JSON that the tenant answers; null without one. Throws `CallError`. */
export type Auth0Api = (request: Auth0Request) => Promise<unknown>;

/** Auth0 tells when the limit is over as a time, where it does not tell how long it takes. */
function withRetryAfter(headers: Headers): Headers {
  const reset = Number(headers.get('x-ratelimit-reset'));
  const told = new Headers(headers);
  if (!told.has('retry-after') && reset > 0) {
    told.set('retry-after', String(Math.max(1, Math.ceil(reset - Date.now() / 1000))));
  }
  return told;
}

function failureOf({ status, headers }: Response, text: string, repeatable: boolean): CallError {
  const read = readJson(text, ANSWER_LIMITS);
  const error = ((read.ok ? read.value : null) ?? {}) as Fields;
  const wordOf = (name: string) => (typeof error[name] === 'string' ? String(error[name]) : null);
  const word = wordOf('errorCode') ?? wordOf('error');
  const refusal = { who: WHO, status, headers: withRetryAfter(headers), word, detail: wordOf('message'), repeatable };
  const failure = providerFailure(refusal);
  return status === 401
    ? new CallError(TOKEN_NOT_ACCEPTED, failure.message, { retryable: false, fault: false, status: failure.status })
    : failure;
}

export const auth0Api =
  (http: GuardedHttp, { configuration, credentials }: Settings<Auth0Configuration>, signal: AbortSignal): Auth0Api =>
  async ({ method, path, query = {}, body, repeatable }) => {
    const url = new URL(path, originOf(configuration));
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    try {
      const response = await http.request(url.href, {
        method,
        headers: {
          ...{ 'user-agent': 'flowmesh', accept: 'application/json' },
          authorization: `Bearer ${credentials[ACCESS_TOKEN] ?? ''}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...{ deadlineMs: DEADLINE_MS, maxBytes: MAX_ANSWER_BYTES, signal },
      });
      const text = await response.text();
      if (response.status >= 300) throw failureOf(response, text, repeatable);
      if (text === '') return null;
      const read = readJson(text, ANSWER_LIMITS);
      if (!read.ok) throw unusableAnswer(WHO, read.problem.message);
      return read.value;
    } catch (error) {
      throw error instanceof GuardedHttpError ? connectionFailure(error, repeatable) : error;
    }
  };
