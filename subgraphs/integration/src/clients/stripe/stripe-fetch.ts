import { GuardedHttpError, type GuardedHttp } from '@flowmesh/platform/http';
import { readJson } from '@flowmesh/platform/json';
import type { CallError } from '@flowmesh/platform/resilience';
import { connectionFailure } from '../http/http-failure.ts';
import { providerFailure, unusableAnswer } from '../provider-failure.ts';

const MAX_ANSWER_BYTES = 5 * 1024 * 1024;
const ANSWER_LIMITS = { maxDepth: 64, maxValues: 200_000 };
/** The policy of the integration ends calls before; this one bounds what forgets to. */
export const DEADLINE_MS = 600_000;
const WHO = 'Stripe';

/** Another call with the same key, or for the same object, is still under way. */
const LATER = new Set(['idempotency_key_in_use', 'lock_timeout']);

type Fields = Readonly<Record<string, unknown>>;

function failureOf({ status, headers }: Response, text: string): CallError {
  const read = readJson(text, ANSWER_LIMITS);
  const error = ((read.ok ? (read.value as Fields | null)?.['error'] : null) ?? {}) as Fields;
  const wordOf = (name: string) => (typeof error[name] === 'string' ? String(error[name]) : null);
  const word = [wordOf('code') ?? wordOf('type'), wordOf('decline_code')].filter(Boolean).join(', ') || null;
  const means = LATER.has(wordOf('code') ?? '') ? 'LATER' : undefined;
  // Every request that changes something has a key by which Stripe tells a repetition.
  return providerFailure({ who: WHO, status, headers, word, detail: wordOf('message'), means, repeatable: true });
}

/** What the library says of itself and of the machine it runs on; or what the connection says. */
const LEFT_OUT = /^(user-agent|x-stripe-client-.*|content-length|connection|host)$/i;

/**
 * The network of the library: by the operator’s rules for addresses, bounded in time and in what is read. Throws `CallError`
 * for every answer that is no success.
 */
export const stripeFetch =
  (http: GuardedHttp, signal: AbortSignal): typeof globalThis.fetch =>
  async (input, init = {}) => {
    const sent = [...new Headers(init.headers)].filter(([name]) => !LEFT_OUT.test(name));
    const body = typeof init.body === 'string' && init.body !== '' ? { body: init.body } : {};
    try {
      const response = await http.request(input instanceof Request ? input.url : String(input), {
        method: init.method ?? 'GET',
        headers: { ...Object.fromEntries(sent), 'user-agent': 'flowmesh' },
        ...body,
        ...{ deadlineMs: DEADLINE_MS, maxBytes: MAX_ANSWER_BYTES, signal },
      });
      const text = await response.text();
      if (response.status >= 300) throw failureOf(response, text);
      const read = readJson(text, ANSWER_LIMITS);
      if (!read.ok) throw unusableAnswer(WHO, read.problem.message);
      if (typeof read.value !== 'object' || read.value === null) throw unusableAnswer(WHO, 'is no object of JSON');
      return new Response(text, { status: response.status, headers: response.headers });
    } catch (error) {
      throw error instanceof GuardedHttpError ? connectionFailure(error, true) : error;
    }
  };
