import type { ContextClient } from '@flowmesh/platform/context-use';
import type { EventBus } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import { withLogContext, type Logger } from '@flowmesh/platform/logging';
import type { Queue, QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import type { CallStore } from '../calls/call-store.ts';
import type { AgentSecrets } from '../agents/agent-secrets.ts';
import { runAttempt, type AbortReason, type AttemptOutcome } from './execution-attempt.ts';
import { EXECUTION_EVENT, isOfStep, type ExecutionEventPayload } from './execution-events.ts';
import type { ExecutionJob } from './execution-queue.ts';
import { INTERRUPTED_PRIORITY, jobOf } from './execution-queue.ts';
import type { AgentRunners } from './kinds/runners.ts';
import type { Claim, LeaseStore } from './lease-store.ts';
import { LineLog } from './lines/line-log.ts';
import type { LineStore } from './lines/line-store.ts';
import { OutputBuffer } from './output-buffer.ts';
import type { ExecutionTools } from './tools/execution-tools.ts';

const HEARTBEAT_MS = 3_000;
/** Executions of one agent that a job runs one after the other before it lets others go ahead. */
const MAX_IN_A_ROW = 20;
/** Grace period for running executions in a shutdown; after it they are handed over to another process. */
const STOP_GRACE_MS = 5_000;

interface Running {
  readonly token: string;
  readonly abort: AbortController;
}

export interface ExecutionWorkerParts {
  readonly store: LeaseStore;
  readonly runners: AgentRunners;
  readonly secrets: AgentSecrets;
  readonly contexts: ContextClient;
  readonly calls: CallStore;
  readonly lines: Pick<LineStore, 'append'>;
  readonly tools: ExecutionTools;
  readonly queue: Queue<ExecutionJob>;
  readonly queues: QueueSystem;
  readonly bus: EventBus;
  readonly logger: Logger;
  readonly concurrency: number;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

/** Runs executions in this process. Any number of processes may; the database says who has which. */
export class ExecutionWorker {
  private readonly running = new Map<string, Running>();
  private readonly helping = new Map<string, Promise<void>>();
  private jobs: QueueWorker | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private beating = false;
  private ignoreStops: (() => void) | undefined;
  private stopping = false;

  constructor(private readonly parts: ExecutionWorkerParts) {}

  start(): void {
    const { bus, queues, queue, concurrency } = this.parts;
    // The fast way to notice a stop; the heartbeat is the reliable one.
    this.ignoreStops = bus.listen(({ type, domain, payload }) => {
      if (domain !== 'agent' || type !== EXECUTION_EVENT.executed) return;
      const { executionId, status } = payload as ExecutionEventPayload;
      if (status === 'STOPPED') this.abort(executionId, 'stopped');
    });
    this.heartbeat = setInterval(() => void this.beat(), HEARTBEAT_MS);
    this.jobs = queues.worker<ExecutionJob>(queue.name, { concurrency }, ({ executionId }) => this.work(executionId));
  }

  /** Ends the work on an execution if this process runs it. */
  abort(executionId: string, reason: AbortReason): void {
    this.running.get(executionId)?.abort.abort(reason);
  }

  /**
   * Works on an execution, or what waits before it, beside the jobs: whoever waits for it has a job that does nothing else
   * meanwhile. So executions that wait for others never take all places from these.
   */
  help(executionId: string): void {
    if (this.stopping || this.helping.has(executionId)) return;
    const work = this.work(executionId)
      .catch((error: unknown) =>
        this.parts.logger.warn({ err: error, executionId }, 'could not work on it; tried again'),
      )
      .finally(() => this.helping.delete(executionId));
    this.helping.set(executionId, work);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const grace = setTimeout(() => {
      for (const id of this.running.keys()) this.abort(id, 'process ends');
    }, STOP_GRACE_MS);
    await this.jobs?.stop();
    await Promise.all(this.helping.values());
    clearTimeout(grace);
    clearInterval(this.heartbeat);
    this.ignoreStops?.();
  }

  /** One after the other while the agent has work, because an execution that ends frees capacity for the next. */
  private async work(executionId: string): Promise<void> {
    const { store } = this.parts;
    let claim = await store.claimLike(executionId, newId());
    for (let run = 1; claim; run += 1) {
      await this.runClaim(claim);
      if (this.stopping || run >= MAX_IN_A_ROW) break;
      claim = await store.claimNext(claim.execution.agentId, newId());
    }
  }

  private runClaim(claim: Claim): Promise<void> {
    const { execution } = claim;
    return withLogContext({ requestId: execution.requestId ?? execution.id }, async () => {
      const abort = new AbortController();
      this.running.set(execution.id, { token: claim.token, abort });
      this.parts.published();
      try {
        await this.attempt(claim, abort);
      } finally {
        this.running.delete(execution.id);
        this.parts.published();
      }
    });
  }

  private async attempt(claim: Claim, abort: AbortController): Promise<void> {
    const { store, logger, published } = this.parts;
    const { execution, token } = claim;
    const lease = { id: execution.id, token };
    const buffer = new OutputBuffer(
      async (delta) => {
        if (await store.progress(lease, delta)) published();
        else abort.abort('lease lost' satisfies AbortReason);
      },
      (error) => logger.warn({ err: error, executionId: execution.id }, 'partial output could not be stored'),
    );
    const lines = new LineLog(
      token,
      async (written) => {
        await this.parts.lines.append(lease, written);
        published();
      },
      (error) => logger.warn({ err: error, executionId: execution.id }, 'lines of an agent could not be stored'),
    );
    const begun = performance.now();
    const outcome = await runAttempt(this.parts, claim, abort, {
      emit: (delta) => buffer.add(delta),
      log: (line) => isOfStep(execution) && lines.add(line),
    });
    // What it has said is there before its end is.
    await Promise.all([buffer.close(), lines.close()]);
    await this.settle(claim, outcome);
    const tookMs = Math.round(performance.now() - begun);
    const told = outcome.kind === 'end' ? outcome.ending.status : outcome.kind;
    const { id: executionId, agentId, attempts } = execution;
    logger.info({ executionId, agentId, attempt: attempts, outcome: told, tookMs }, 'attempt ended');
  }

  /** Stores the result. A lost lease is not an error: the process that has the lease now stores it. */
  private async settle({ execution, token }: Claim, outcome: AttemptOutcome): Promise<void> {
    const { store, queue } = this.parts;
    const lease = { id: execution.id, token };
    if (outcome.kind === 'end') {
      await store.finish(lease, outcome.ending);
    } else if (outcome.kind === 'retry') {
      const waiting = await store.retry(lease, outcome.error, outcome.delayMs);
      if (waiting) await queue.add({ ...jobOf(waiting), delayMs: outcome.delayMs });
    } else if (outcome.kind === 'waits') {
      const waiting = await store.postpone(lease, outcome.delayMs, outcome.error);
      if (waiting) await queue.add({ ...jobOf(waiting), delayMs: outcome.delayMs });
    } else if (outcome.reason === 'process ends') {
      const waiting = await store.release(lease);
      if (waiting) await queue.add({ ...jobOf(waiting), priority: INTERRUPTED_PRIORITY });
    }
  }

  private async beat(): Promise<void> {
    if (this.beating || this.running.size === 0) return;
    this.beating = true;
    const leases = [...this.running].map(([id, { token }]) => ({ id, token }));
    try {
      const held = await this.parts.store.renew(leases);
      for (const { id, token } of leases) {
        const running = this.running.get(id);
        if (!held.has(id) && running?.token === token) running.abort.abort('lease lost' satisfies AbortReason);
      }
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'leases could not be renewed');
    } finally {
      this.beating = false;
    }
  }
}
