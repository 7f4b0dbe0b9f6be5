import type { Logger } from '@flowmesh/platform/logging';
import type { Queue } from '@flowmesh/platform/queue';
import { Batcher } from '@flowmesh/platform/batching';
import { applyCommands, type CommandRequest, type CommandStoreParts } from './command-store.ts';
import { ASIDE_BYTES, isLargerThan } from '../result-size.ts';
import { computeAhead } from './ahead.ts';
import type { BegunPart, Command, CommandOptions, ComputedStep, Outcome, ReadyStep } from './commands.ts';
import type { DriveJob } from './drive-job.ts';
import type { Drives } from './drives.ts';
import { firstSteps, newHeader } from './new-execution.ts';
import type { ComputedStart, Started, StartRequest } from './start-request.ts';
import { startExecutions } from './start-store.ts';
import { StepResults } from './step-results.ts';

/** Steps given to one job at most. */
const STEPS_PER_JOB = 32;
/** Timers fire by the clock of the queue; the step is woken by that of the database. */
const TIMER_MARGIN_MS = 5;
const MAX_BATCH = 100;
/** Commands with large results in one transaction: the process and the database hold all of them at once. */
const MAX_LARGE = 2;
/** Of steps of executions that have begun; the first steps of others come after them, by their turns. */
const BEGUN_PRIORITY = 1;
/** Of first steps; null once the execution has begun. */
export const priorityOf = (turn: number | null): number => BEGUN_PRIORITY + (turn ?? 0);

export interface EngineOptions extends CommandStoreParts {
  readonly queue: Queue<DriveJob>;
  readonly logger: Logger;
  /** Called after each commit that wrote events. */
  readonly onCommit: () => void;
  /** Called after a commit that left executions of agents to be stopped. */
  readonly onAgentStops: (executionId: string) => void;
  /** Lets in executions of a workflow with limits: one of them was started, or has ended. Never fails. */
  readonly openGates: (workflowId: string) => Promise<void>;
  /** Called after a commit that concerns executions of bodies of this one. */
  readonly onChildrenConcerned: (executionId: string) => void;
}

/** The only way executions change. Every change is committed when its promise resolves. */
export class Engine {
  private readonly commands: Batcher<CommandRequest, Outcome | null>;
  private readonly starts: Batcher<ComputedStart, Started>;
  private drives: Drives | undefined;

  constructor(private readonly options: EngineOptions) {
    const { pool, serviceWaitMs } = options;
    this.commands = new Batcher({
      process: (requests) => applyCommands(options, requests),
      keyOf: ({ executionId }) => executionId,
      maxItems: MAX_BATCH,
      size: { of: ({ command }) => (isLarge(command) ? 1 : 0), most: MAX_LARGE },
      concurrency: 2,
    });
    this.starts = new Batcher({
      process: (requests) => startExecutions(pool, serviceWaitMs, requests),
      maxItems: MAX_BATCH,
      concurrency: 1,
    });
  }

  /** New executions are begun in this process, while it has room. */
  runHere(drives: Drives): void {
    this.drives = drives;
  }

  /**
   * Stores an execution, and has it begun: here, or by the queue. First steps that only compute are completed with it where
   * this process has room for its work.
   */
  async start(request: StartRequest): Promise<Started> {
    const computes = this.drives?.hasRoom && !request.limitKeys;
    const computed = computes ? await this.computeFirst(request) : [];
    const started = await this.starts.add({ ...request, computed });
    if (!started.created) return started;
    this.options.onCommit();
    if (request.limitKeys) {
      await this.options.openGates(request.definition.workflowId);
      return started;
    }
    const { ready, turn } = started;
    if (ready.length === 0) return started;
    const job = { executionId: request.id, stepIds: ready.map(({ stepId }) => stepId) };
    if (this.drives?.begin(job, request.requestId)) return started;
    await this.enqueue(request.id, ready, priorityOf(turn));
    return started;
  }

  private computeFirst(request: StartRequest): Promise<ComputedStep[]> {
    const { definition } = request;
    const header = newHeader(request);
    const results = new StepResults(this.options.pool, header, definition);
    return computeAhead({ header, definition, results }, firstSteps(definition));
  }

  /**
   * Applies a command, and adds the steps that became ready to the queue. A caller that requests steps inline must run the
   * steps it receives. Null when there is no such execution.
   */
  async apply(executionId: string, command: Command, options: CommandOptions = {}): Promise<Outcome | null> {
    const outcome = await this.commands.add({ executionId, command, options });
    if (!outcome) return null;
    if (outcome.applied) this.options.onCommit();
    if (outcome.frees !== null) void this.options.openGates(outcome.frees);
    if (outcome.stops) this.options.onAgentStops(executionId);
    if (outcome.concernsChildren) this.options.onChildrenConcerned(executionId);
    if (!options.inline) await this.passOn(outcome);
    // A caller that runs steps decides the conditions of ready ones itself.
    const mine = options.inline ? outcome.ready.filter(({ delayMs }) => delayMs === 0).slice(0, options.inline) : [];
    await this.enqueue(
      executionId,
      outcome.ready.filter((step) => !mine.includes(step)),
    );
    return { ...outcome, ready: mine };
  }

  /** What a caller who runs nothing leaves to others. */
  private async passOn({ begun, parent, compensates }: Outcome): Promise<void> {
    await this.enqueueBegun(begun);
    if (compensates !== null) await this.compensate(compensates);
    if (!parent) return;
    const { executionId, stepId } = parent;
    await this.apply(executionId, { kind: 'children-changed', stepId }).catch((error: unknown) => {
      this.options.logger.warn(
        { err: error, executionId, stepId },
        'the end of a part was not taken up; it will be found',
      );
    });
  }

  /** Never fails: the sweeper finds executions whose compensations could not go on. */
  private async compensate(executionId: string): Promise<void> {
    await this.apply(executionId, { kind: 'compensate' }).catch((error: unknown) => {
      this.options.logger.warn({ err: error, executionId }, 'compensations could not go on; they will be found');
    });
  }

  /** Never fails, likewise. */
  async enqueueBegun(parts: readonly BegunPart[]): Promise<void> {
    if (parts.length === 0) return;
    const jobs = parts.map(({ id: executionId, turn }) => ({
      id: `${executionId}-begin`,
      data: { executionId, stepIds: null },
      priority: priorityOf(turn),
    }));
    await this.options.queue.addBulk(jobs).catch((error: unknown) => {
      this.options.logger.warn(
        { err: error, parts: parts.length },
        'executions could not be enqueued; they will be found',
      );
    });
  }

  /** Never fails: the sweeper finds steps that could not be added to the queue. */
  async enqueue(executionId: string, steps: readonly ReadyStep[], priority = BEGUN_PRIORITY): Promise<void> {
    if (steps.length === 0) return;
    const now = steps.filter(({ delayMs }) => delayMs === 0);
    const jobs = steps
      .filter(({ delayMs }) => delayMs > 0)
      .map((step) => ({ ...jobOf(executionId, [step]), delayMs: Math.ceil(step.delayMs) + TIMER_MARGIN_MS }));
    const immediate = [];
    for (let at = 0; at < now.length; at += STEPS_PER_JOB) {
      immediate.push(jobOf(executionId, now.slice(at, at + STEPS_PER_JOB)));
    }
    try {
      await this.options.queue.addBulk([...immediate, ...jobs].map((job) => ({ ...job, priority })));
    } catch (error) {
      this.options.logger.warn({ err: error, executionId }, 'steps could not be enqueued; they will be found');
    }
  }
}

function jobOf(executionId: string, steps: readonly ReadyStep[]) {
  const [first] = steps;
  const id = `${executionId}-${first?.stepId}-${first?.occasion}-${steps.length}`;
  return { id, data: { executionId, stepIds: steps.map(({ stepId }) => stepId) } };
}

function isLarge(command: Command): boolean {
  const result =
    command.kind === 'complete'
      ? command.result
      : command.kind === 'agent-ended' && command.outcome.ok && command.outcome.result;
  return isLargerThan(result, ASIDE_BYTES);
}
