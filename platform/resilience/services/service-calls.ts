import type { Registry } from 'prom-client';
import { unavailable } from '../../errors/index.ts';
import type { Logger } from '../../logging/index.ts';
import type { Attempt } from '../attempts.ts';
import { CallError, CallRefused } from '../call-error.ts';
import type { CallPolicy } from '../call-policy.ts';
import { ProcessStore } from '../local/process-store.ts';
import { PolicyChain } from '../policy-chain.ts';
import type { CircuitState } from '../policy-store.ts';
import { serviceMetrics, type ServiceMetrics } from './service-metrics.ts';
import { FAILURES_IN_A_ROW, SERVICE_POLICY } from './service-policy.ts';
import { SignsOfLife, type SignsOfLifeOptions } from './signs-of-life.ts';

export interface ServiceCallsOptions extends Pick<SignsOfLifeOptions, 'probe'> {
  /** The service on the other side, e.g. `agent`. */
  readonly name: string;
  /** Maximum concurrent calls; further calls queue. Default: no limit. */
  readonly mostCalls?: number | undefined;
  readonly logger?: Logger | undefined;
  readonly metrics?: Registry | undefined;
}

export interface ServiceCallOptions {
  readonly timeoutMs: number;
  /** Aborts when nobody waits for the answer any more, which says nothing about the service. */
  readonly signal?: AbortSignal | undefined;
  /** False when the work may take as long as it likes, so that a missed deadline says nothing about the service. */
  readonly timeoutIsFault?: boolean;
  /** Failures that are `retryable` are repeated once. Default: false. */
  readonly repeats?: boolean;
}

/** Queued calls are refused when no call was answered for this long: bursts pass, a stuck service does not. */
const STILL_MS = 500;
/** A call that takes longer is waiting for something else and no longer counts, as in the gateway's admission. */
const BUSY_MS = 10_000;

/**
 * Calls of this process to one service in another process, through the policy chain. The circuit opens when several calls in
 * a row, or too many of the last half minute, had no answer, or when the service gives no sign of life. While it is open,
 * calls are refused at once, and the service is probed; the first answer closes the circuit.
 */
export class ServiceCalls {
  private readonly store: ProcessStore;
  private readonly chain: PolicyChain<ProcessStore>;
  private readonly signs: SignsOfLife;
  private readonly metrics: ServiceMetrics;
  private readonly policies = new Map<string, CallPolicy>();

  constructor(private readonly options: ServiceCallsOptions) {
    const { name, probe, metrics } = options;
    this.store = new ProcessStore({
      failuresInARow: FAILURES_IN_A_ROW,
      changed: (_key, state) => this.changed(state),
    });
    this.chain = new PolicyChain(this.store);
    const inFlight = () => this.chain.inFlight(name);
    const isOpen = () => this.openSince !== null;
    this.metrics = serviceMetrics(metrics, name, { open: isOpen, inFlight });
    this.signs = new SignsOfLife({
      probe,
      inFlight,
      isOpen,
      silent: () => this.store.circuit(name).open(Infinity),
      answers: () => this.store.circuit(name).close(),
    });
  }

  /** Since when calls are refused; null while they are not. */
  get openSince(): Date | null {
    return this.store.circuit(this.options.name).openSince;
  }

  /**
   * Runs one call. A missed deadline and a `NoAnswerError` count as failures of the service; other errors do not, because the
   * caller has disconnected or made a mistake. Rejects with UNAVAILABLE without calling while the circuit is open or the
   * queue full.
   */
  async run<T>(work: Attempt<T>, call: ServiceCallOptions): Promise<T> {
    this.signs.expect();
    const { signal, timeoutIsFault } = call;
    const key = this.options.name;
    try {
      const policy = this.policyOf(call);
      const { value } = await this.chain.run({ key, policy, entry: null, work, signal, timeoutIsFault });
      this.signs.seen();
      return value;
    } catch (error) {
      if (error instanceof CallRefused) throw this.refusal(error);
      if (error instanceof CallError && error.code === 'ABORTED') signal?.throwIfAborted();
      throw error;
    }
  }

  /** Stops probing. */
  close(): void {
    this.signs.stop();
    this.chain.refuseWaiting(this.options.name, 'TOO_MANY_CALLS');
  }

  private changed(state: CircuitState): void {
    const { name, logger } = this.options;
    if (state === 'CLOSED') logger?.info({ subgraph: name }, 'a subgraph answers again');
    if (state !== 'OPEN') return;
    logger?.warn({ subgraph: name }, 'a subgraph does not answer, and is not asked until it does');
    this.chain.refuseWaiting(name, 'CIRCUIT_OPEN');
    void this.signs.await();
  }

  private refusal({ reason }: CallRefused): Error {
    const { name } = this.options;
    const isOpen = reason === 'CIRCUIT_OPEN';
    this.metrics.refused(isOpen ? 'open' : 'full');
    return unavailable(
      isOpen
        ? `The ${name} service does not answer; try again.`
        : `Too many calls wait for the ${name} service; try again.`,
    );
  }

  /** The same object for the same settings, of which there are a few. */
  private policyOf({ timeoutMs, repeats = false }: ServiceCallOptions): CallPolicy {
    const settings = `${timeoutMs} ${repeats}`;
    let policy = this.policies.get(settings);
    if (!policy) {
      policy = {
        ...SERVICE_POLICY,
        timeoutMs,
        maxConcurrency: this.options.mostCalls ?? Infinity,
        maxWaitMs: STILL_MS,
        waitsWhileAnswered: true,
        placeForMs: BUSY_MS,
        // The probes decide when it is tried again.
        circuitBreaker: { ...SERVICE_POLICY.circuitBreaker, openSeconds: Infinity },
        retry: { ...SERVICE_POLICY.retry, maxAttempts: repeats ? 2 : 1 },
      };
      this.policies.set(settings, policy);
    }
    return policy;
  }
}
