import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';
import type { AddressRules } from './address-rules.ts';
import { GuardedHttpError } from './guarded-http-error.ts';
import { BlockedAddress, guardedLookup } from './guarded-lookup.ts';
import { toGuardedError } from './to-guarded-error.ts';
import { limitBody } from './limited-body.ts';

export interface GuardedRequest {
  readonly method?: string;
  readonly headers?: Headers | Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For the whole call, reading the answer's body included. */
  readonly deadlineMs: number;
  /** Of the answer's body, after decompression. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** Outgoing HTTP to addresses given by users. Redirects are not followed: the 3xx answer is returned as it is. */
export interface GuardedHttp {
  readonly rules: AddressRules;
  /** The answer's body may be read as a stream; breaking the deadline or the limit fails it. Throws `GuardedHttpError`. */
  request(url: string, request: GuardedRequest): Promise<Response>;
  /** The same in the form libraries expect, with fixed limits; the call's own `signal` holds as well. */
  fetchWith(limits: Pick<GuardedRequest, 'deadlineMs' | 'maxBytes' | 'signal'>): typeof globalThis.fetch;
  /** Ends all calls and connections. */
  close(): Promise<void>;
}

export interface GuardedHttpOptions {
  readonly rules: AddressRules;
  readonly connectTimeoutMs?: number;
  /** DNS resolver; the system's by default. */
  readonly lookup?: LookupFunction;
}

function guardedConnector(options: GuardedHttpOptions): buildConnector.connector {
  const { rules } = options;
  const connect = buildConnector({
    timeout: options.connectTimeoutMs ?? 10_000,
    lookup: guardedLookup(rules, options.lookup),
  });
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '');
    // Literal addresses are never looked up, so the hook above does not see them.
    if (isIP(host) !== 0 && !rules.allows(host, host)) return callback(new BlockedAddress(host), null);
    return connect(target, (...result) => {
      const socket = result[1];
      if (socket?.remoteAddress && !rules.allows(host, socket.remoteAddress)) {
        socket.destroy();
        return callback(new BlockedAddress(host), null);
      }
      return callback(...result);
    });
  };
}

/** One client for a process; connections are kept and shared. */
export function createGuardedHttp(options: GuardedHttpOptions): GuardedHttp {
  const { rules } = options;
  // No time limits of the library's own: the deadline of each call decides.
  const agent = new Agent({ connect: guardedConnector(options), headersTimeout: 0, bodyTimeout: 0, connections: 64 });

  async function request(url: string, call: GuardedRequest): Promise<Response> {
    const problem = rules.problemOf(url);
    if (problem) {
      const code = problem.startsWith('leads') ? 'BLOCKED_ADDRESS' : 'INVALID_URL';
      throw new GuardedHttpError(code, `The address ${problem}.`);
    }
    const abort = new AbortController();
    const onAbort = () => abort.abort(new GuardedHttpError('ABORTED', 'The call was stopped.'));
    const timer = setTimeout(
      () => abort.abort(new GuardedHttpError('TIMEOUT', `No complete answer within ${call.deadlineMs} ms.`)),
      call.deadlineMs,
    );
    const finish = () => {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', onAbort);
    };
    if (call.signal?.aborted) onAbort();
    else call.signal?.addEventListener('abort', onAbort, { once: true });

    try {
      const answer = await undiciFetch(url, {
        method: call.method ?? 'GET',
        headers: call.headers instanceof Headers ? Object.fromEntries(call.headers) : { ...call.headers },
        body: call.body ?? null,
        redirect: 'manual',
        dispatcher: agent,
        signal: abort.signal,
      });
      const body = answer.body
        ? limitBody(answer.body, { maxBytes: call.maxBytes, signal: abort.signal, finish, toError: toGuardedError })
        : null;
      if (!body) finish();
      const headers = new Headers([...answer.headers]);
      // Bytes of any kind may stand there (RFC 9112), which a Response does not take; nothing depends on it.
      const statusText = /^[ -~]*$/.test(answer.statusText) ? answer.statusText : '';
      return new Response(body, { status: answer.status, statusText, headers });
    } catch (error) {
      finish();
      throw abort.signal.aborted ? abort.signal.reason : toGuardedError(error);
    }
  }

  return {
    rules,
    request,
    fetchWith: (limits) => async (input, init) => {
      const wanted = new Request(input, init);
      const body = wanted.body ? new Uint8Array(await wanted.arrayBuffer()) : undefined;
      // That of `wanted` follows it only until it is collected as garbage.
      const given = init?.signal ?? wanted.signal;
      const signal = limits.signal ? AbortSignal.any([limits.signal, given]) : given;
      return request(wanted.url, { ...limits, method: wanted.method, headers: wanted.headers, body, signal });
    },
    close: () => agent.destroy(),
  };
}
