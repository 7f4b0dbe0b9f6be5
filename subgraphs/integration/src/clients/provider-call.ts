import { GuardedHttpError, type GuardedHttp } from '@flowmesh/platform/http';
import { connectionFailure, statusFailure } from './http/http-failure.ts';

const MAX_ANSWER_BYTES = 5 * 1024 * 1024;
/** The policy of the integration ends calls before; this one bounds what forgets to. */
const DEADLINE_MS = 600_000;

export interface ProviderRequest {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Doing it twice is like doing it once. */
  readonly repeatable: boolean;
}

export interface ProviderAnswer {
  readonly headers: Headers;
  readonly text: string;
}

/** Asks a provider by HTTP. Throws `CallError` unless the answer is a success. */
export async function askProvider(
  http: GuardedHttp,
  url: string,
  { method = 'POST', headers, body, repeatable }: ProviderRequest,
  signal: AbortSignal,
): Promise<ProviderAnswer> {
  try {
    const response = await http.request(url, {
      method,
      headers: { 'user-agent': 'flowmesh', ...headers },
      ...(body === undefined ? {} : { body }),
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_ANSWER_BYTES,
      signal,
    });
    if (response.status >= 300) throw await statusFailure(response, repeatable);
    return { headers: response.headers, text: await response.text() };
  } catch (error) {
    throw error instanceof GuardedHttpError ? connectionFailure(error, repeatable) : error;
  }
}

/** An object of JSON; empty when it is none. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
