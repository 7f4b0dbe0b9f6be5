import { ErrorCode, PublicError } from '@flowmesh/platform/errors';
import { GuardedHttpError, type AddressRules, type GuardedResolve } from '@flowmesh/platform/http';
import { requestDigest } from '@flowmesh/platform/idempotency';
import type { Logger } from '@flowmesh/platform/logging';
import { CallError } from '@flowmesh/platform/resilience';
import { fileOfProcess, SandboxError, SandboxPool, toMessage } from '@flowmesh/platform/sandbox';
import type { InvalidField } from '@flowmesh/platform/validation';
import { callErrorOf, type HostFailure } from './host-failure.ts';
import type { Address, ProductServers } from './product-servers.ts';

/** A call of one database. */
export interface HostTask {
  readonly type: 'POSTGRESQL' | 'REDIS';
  readonly configuration: Readonly<Record<string, unknown>> & {
    readonly host: string;
    readonly port: number;
    readonly tls: 'VERIFIED' | 'UNVERIFIED' | 'OFF';
  };
  readonly password: string | null;
  /** `ping`, or an operation of the type. */
  readonly operation: string;
  readonly input: unknown;
}

export interface HostedCall {
  /** Whose integration it is: processes are shared fairly between owners. */
  readonly owner: string;
  /** A person waits for it. */
  readonly urgent: boolean;
  /** Doing it twice is like doing it once. */
  readonly repeatable: boolean;
  readonly signal: AbortSignal;
  /** What the server's own no means. */
  readonly serverFailure: (failure: HostFailure) => CallError;
}

export interface ClientHostParts {
  readonly rules: Pick<AddressRules, 'hostProblem'>;
  readonly resolve: GuardedResolve;
  readonly product: ProductServers;
  readonly logger: Logger;
}

const OWN_SERVER = {
  POSTGRESQL: 'the PostgreSQL server of the product itself, which integrations cannot reach, whatever the database',
  REDIS: 'the Redis of the product itself, which integrations cannot reach',
} as const;

/** Calls of one process at the same time. */
const PROCESSES = 6;
const WAITING_PER_OWNER = 200;
/** Processes beyond two that had nothing to do for so long are ended, and their connections with them. */
const KEEP_MS = 60_000;
/** A call may keep its process for so long when others wait for one. */
const FAIR_MS = 5_000;
/** Longer than any policy lets a call take. */
const LONGEST_MS = 600_000;
/** To cancel a statement, and to say so. */
const GRACE_MS = 1_500;

/**
 * Speaks to databases in processes of their own (64 MB of heap, 200 MB in all), for one call at a time: what their servers
 * send can end or hold such a process and nothing else. Answers are JSON of at most 1 MB, with at most 100,000 values that
 * are nested at most 64 deep.
 */
export class ClientHost {
  private pool: SandboxPool | undefined;

  constructor(private readonly parts: ClientHostParts) {}

  /** Ids of the processes that are there. */
  get pids(): readonly number[] {
    return this.pool?.pids ?? [];
  }

  /** What is wrong with an address beyond its shape; the path is below `configuration`. */
  problemsOf(type: HostTask['type'], address: Address): InvalidField[] {
    const isOwn = this.parts.product.isNamed(type, address);
    const message = isOwn ? `leads to ${OWN_SERVER[type]}` : this.parts.rules.hostProblem(address.host);
    return message === null ? [] : [{ path: 'host', message }];
  }

  /** Throws `CallError`. */
  async run(task: HostTask, call: HostedCall): Promise<unknown> {
    const { owner, urgent, repeatable, signal } = call;
    try {
      const message = await this.messageOf(task);
      signal.throwIfAborted();
      this.pool ??= this.openPool();
      const answer = await this.pool.run({
        ...{ owner, urgent, timeoutMs: FAIR_MS, idleTimeoutMs: LONGEST_MS, affinity: message.key },
        message: () => toMessage(message),
        stop: { signal, graceMs: GRACE_MS },
      });
      if ('value' in answer) return answer.value;
      const failure = { ...answer.details, message: answer.problem } as HostFailure;
      throw failure.origin === 'SERVER' ? call.serverFailure(failure) : callErrorOf(failure, repeatable);
    } catch (error) {
      if (signal.aborted) throw new CallError('ABORTED', 'The call was stopped.', { retryable: true, fault: false });
      throw withoutAnswer(error, repeatable);
    }
  }

  /** Ends the processes. Calls under way fail. */
  async close(): Promise<void> {
    const closing = this.pool;
    this.pool = undefined;
    await closing?.close();
  }

  private async messageOf({ configuration, ...task }: HostTask) {
    const { port, tls } = configuration;
    const host = configuration.host.replace(/^\[|\]$/g, '');
    const [addresses, product] = await Promise.all([this.parts.resolve(host), this.parts.product.of(task.type)]);
    if (await this.parts.product.isReached(task.type, addresses, port)) {
      const message = `The address leads to ${OWN_SERVER[task.type]}.`;
      throw new CallError('BLOCKED_ADDRESS', message, { retryable: false, fault: false });
    }
    const key = requestDigest({ type: task.type, configuration, password: task.password });
    return { ...task, key, configuration, product, target: { host, port, tls, addresses } };
  }

  private openPool(): SandboxPool {
    return new SandboxPool({
      kind: {
        file: fileOfProcess('client-host-process', import.meta.url),
        limits: { heapMb: 64, dataKb: 250_000, maxResidentBytes: 200_000_000, wornResidentBytes: 130_000_000 },
        maxAnswerBytes: 2 * 1024 * 1024,
      },
      processes: PROCESSES,
      waitingPerOwner: WAITING_PER_OWNER,
      waitingOfSystem: WAITING_PER_OWNER,
      waitMs: LONGEST_MS,
      keepMs: KEEP_MS,
      onStartFailure: (error) => this.parts.logger.error({ err: error }, 'a client host cannot be started'),
    });
  }
}

/** A call that its process gave no answer to, or that found none. */
function withoutAnswer(error: unknown, repeatable: boolean): unknown {
  if (error instanceof GuardedHttpError) {
    const away = error.code === 'CONNECTION' || error.code === 'TIMEOUT';
    return new CallError(error.code, error.message, { retryable: away, fault: away, cause: error });
  }
  if (error instanceof SandboxError) {
    const [code, message] = ENDED[error.reason];
    return new CallError(code, message, { retryable: error.reason === 'TIMEOUT' && repeatable, fault: true });
  }
  if (error instanceof PublicError) {
    const waits = error.extensions['code'] === ErrorCode.rateLimited;
    const options = { retryable: waits || repeatable, fault: false, cause: error };
    return waits
      ? new CallError('TOO_MANY_CALLS', 'Too many calls of databases are waiting already.', options)
      : new CallError('UNAVAILABLE', 'The call cannot be made just now, or its process was ended.', options);
  }
  return error;
}

/** What the process itself said may quote anything, and is not told. */
const ENDED: Readonly<Record<SandboxError['reason'], readonly [code: string, message: string]>> = {
  FAILED: ['PROTOCOL', 'What the server sent ended the process that read it.'],
  MEMORY: ['TOO_LARGE', 'What the server sent needed too much memory.'],
  TIMEOUT: ['TIMEOUT', 'The call did not end when it was told to.'],
};
