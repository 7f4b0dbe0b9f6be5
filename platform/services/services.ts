import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Viewer } from '../access/index.ts';
import { ErrorCode, tellsOutage } from '../errors/index.ts';
import type { GraphQLRequest, SubgraphSource, SubgraphSources } from '../federation/source.ts';
import { FAILURES_IN_A_ROW, NoAnswerError, PolicyChain, ProcessStore, SERVICE_POLICY } from '../resilience/index.ts';
import { ServiceAwayError, ServiceRefusedError } from './service-errors.ts';

const DEFAULT_TIMEOUT_MS = 15_000;

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

/**
 * Calls go through the policy chain: while a service does not answer, one call at a time tries it, and the others fail at once
 * instead of blocking a worker or client until their timeout.
 */
function createService(source: SubgraphSource): Service {
  const { name } = source;
  const chain = new PolicyChain(new ProcessStore({ failuresInARow: FAILURES_IN_A_ROW }));
  let needs = false;
  return {
    name,
    async ask<T>(request: GraphQLRequest, { viewer, requestId, timeoutMs, signal }: ServiceCall): Promise<T> {
      const policy = { ...SERVICE_POLICY, timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS };
      const work = (within: AbortSignal) => answerOf(source.execute(request, { viewer, requestId, signal: within }));
      let result: ExecutionResult;
      try {
        result = (await chain.run({ key: name, policy, entry: null, work, signal })).value;
      } catch (error) {
        signal?.throwIfAborted();
        // What is refused while it is not asked has the reason of the call before.
        if (error instanceof NoAnswerError) needs = error.cause instanceof Error && tellsOutage(error.cause);
        throw new ServiceAwayError(name, false, { cause: error instanceof NoAnswerError ? error.cause : error, needs });
      }
      const [problem] = result.errors ?? [];
      if (problem) throw toError(name, problem);
      if (!result.data) throw new ServiceAwayError(name, true);
      return result.data as T;
    },
  };
}

/** Any answer says that the service works, unless it says itself that it does not. */
async function answerOf(asked: Promise<ExecutionResult>): Promise<ExecutionResult> {
  const result = await asked.catch((error: unknown) => {
    throw new NoAnswerError(error);
  });
  const [problem] = result.errors ?? [];
  if (problem && NO_ANSWER.has(problem.extensions['code'])) throw new NoAnswerError(problem);
  return result;
}

function toError(service: string, problem: GraphQLError): Error {
  const code = problem.extensions['code'];
  if (REFUSALS.has(code)) return new ServiceRefusedError(service, String(code), problem.message);
  return new ServiceAwayError(service, true, { cause: problem });
}
