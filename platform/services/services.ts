import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhenResult } from 'cockatiel';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { untilAborted } from '../aborting/index.ts';
import type { Viewer } from '../access/index.ts';
import { ErrorCode } from '../errors/index.ts';
import type { GraphQLRequest, SubgraphSource, SubgraphSources } from '../federation/source.ts';
import { ServiceAwayError, ServiceRefusedError } from './service-errors.ts';

const DEFAULT_TIMEOUT_MS = 15_000;
/** Calls without an answer, one after the other, that make a service one that does not answer. */
const MISSES = 5;

export interface ServiceCall {
  readonly viewer: Viewer;
  readonly requestId: string;
  /** How long to wait for the answer. Default 15 s. */
  readonly timeoutMs?: number | undefined;
  /** Aborts when whoever wants the answer has gone. */
  readonly signal?: AbortSignal | undefined;
}

/** Another domain, wherever it runs. */
export interface Service {
  readonly name: string;
  /**
   * The data of its answer. Throws `ServiceAwayError` when it is not known whether it has done what was asked (no answer
   * in time, a broken connection, a fault on its side), `ServiceRefusedError` when it has not and will not.
   */
  ask<T>(request: GraphQLRequest, call: ServiceCall): Promise<T>;
}

/** The only way from one domain to another. */
export interface Services {
  /** Undefined when this installation does not have it. */
  get(name: string): Service | undefined;
}

/** Errors by which a service says that the caller is wrong; all others say that it is not well itself. */
const REFUSALS: ReadonlySet<unknown> = new Set<ErrorCode>([
  ErrorCode.forbidden,
  ErrorCode.unauthenticated,
  ErrorCode.reauthenticationRequired,
  ErrorCode.badInput,
  ErrorCode.tooLarge,
]);
/** Errors that come from in front of it, or that it sends instead of doing anything. */
const NO_ANSWER: ReadonlySet<unknown> = new Set<ErrorCode>([ErrorCode.unavailable, ErrorCode.timeout]);

/** `sources` may be filled later. */
export function createServices(sources: SubgraphSources): Services {
  const known = new Map<string, Service>();
  return {
    get(name) {
      const source = sources.get(name);
      if (!source) return undefined;
      const service = known.get(name) ?? createService(source);
      known.set(name, service);
      return service;
    },
  };
}

/** What came of a call. */
type Outcome<T> = { readonly data: T } | { readonly error: unknown; readonly missed: boolean };

const isMiss = (outcome: unknown): boolean => (outcome as { readonly missed?: boolean }).missed === true;

/**
 * Circuit breaker: while a service does not answer, one call at a time tries it, and the others fail at once instead of
 * blocking a worker or client until their timeout.
 */
function createService(source: SubgraphSource): Service {
  const { name } = source;
  const breaker = circuitBreaker(handleWhenResult(isMiss), {
    breaker: new ConsecutiveBreaker(MISSES),
    // The next call tries it: workers come again by a clock of their own, and do not come all at once.
    halfOpenAfter: Number.NEGATIVE_INFINITY,
  });
  return {
    name,
    async ask<T>(request: GraphQLRequest, call: ServiceCall): Promise<T> {
      // cockatiel would have everybody wait for the outcome of the call that tries it.
      if (breaker.state === CircuitState.HalfOpen) throw new ServiceAwayError(name, false);
      const tries = breaker.state === CircuitState.Open;
      const outcome = await breaker.execute(async (): Promise<Outcome<T>> => {
        try {
          return { data: await askOnce<T>(source, request, call) };
        } catch (error) {
          // A caller that has gone has found out nothing: thrown, it counts neither way, but would end the trial as a success.
          if (call.signal?.aborted && !tries) throw error;
          return {
            error,
            missed: (error instanceof ServiceAwayError && !error.answered) || call.signal?.aborted === true,
          };
        }
      });
      if ('error' in outcome) throw outcome.error;
      return outcome.data;
    },
  };
}

async function askOnce<T>(source: SubgraphSource, request: GraphQLRequest, call: ServiceCall): Promise<T> {
  const { viewer, requestId, timeoutMs = DEFAULT_TIMEOUT_MS } = call;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline;
  let result: ExecutionResult;
  try {
    // A service in this process does not look at the signal.
    result = await untilAborted(source.execute(request, { viewer, requestId, signal }), signal);
  } catch (error) {
    call.signal?.throwIfAborted();
    throw new ServiceAwayError(source.name, false, { cause: error });
  }
  const [problem] = result.errors ?? [];
  if (problem) throw toError(source.name, problem);
  if (!result.data) throw new ServiceAwayError(source.name, true);
  return result.data as T;
}

function toError(service: string, problem: GraphQLError): Error {
  const code = problem.extensions['code'];
  if (REFUSALS.has(code)) return new ServiceRefusedError(service, String(code), problem.message);
  return new ServiceAwayError(service, !NO_ANSWER.has(code), { cause: problem });
}
