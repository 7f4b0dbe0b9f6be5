import type { LogLine } from '../../logs/log-line.ts';
import { newId } from '@flowmesh/platform/ids';
import type { RootParts } from './children/root-parts.ts';
import type { ChildCounts } from './children/child-counts.ts';
import type { BegunPart, ChildWorkflow, ClaimedStep, CommandOptions, ReadyStep } from './commands.ts';
import { hasChildren } from './body.ts';
import type { Definition, StepDefinition, StepTypeName } from './definition.ts';
import type { ExecutionState, StepState } from './execution-state.ts';
import { CompensationChanges } from './compensations/compensation-changes.ts';
import { ApprovalChanges } from './approvals/approval-changes.ts';
import { lineOf, type EngineLine } from './logs/engine-lines.ts';
import type { NumberedLine } from './logs/log-writes.ts';
import type { MovePlan } from './move/move-plan.ts';
import { WaitChanges } from './waits/wait-changes.ts';
import type { StatsChange } from './stats-changes.ts';
import type { ExecutionEventType, StepEventType, CompensationEventType, TurnEvent } from './turn-event.ts';

export type { TurnEvent } from './turn-event.ts';

/** What is added to the counters of the workflow. */
export interface CounterChange {
  readonly success: number;
  readonly failure: number;
  readonly durationMs: number;
}

/** Executions of the body of a step that are to be stored. */
export interface Beginning {
  readonly step: StepState;
  readonly ids: readonly string[];
  readonly workflow?: ChildWorkflow | undefined;
}

/** A process that has claimed a step must renew the lease within this time. */
export const LEASE_MS = 8_000;

/**
 * Steps without a deadline while an attempt runs: a delay takes as long as it says, the time of an agent begins when its service
 * has taken the work, and the integration service keeps the time of its calls, for it alone knows what became of them.
 */
const UNTIMED: ReadonlySet<StepTypeName> = new Set<StepTypeName>(['DELAY', 'AGENT', 'INTEGRATION']);

/**
 * The changes that commands make to one execution within one transaction. Collects what must be written: changed
 * steps, events in order, counters.
 */
export class Turn {
  readonly changedSteps = new Set<StepState>();
  readonly events: TurnEvent[] = [];
  readonly logs: NumberedLine[] = [];
  readonly counters: CounterChange[] = [];
  readonly stats: StatsChange[] = [];
  readonly beginnings: Beginning[] = [];
  /** Steps whose result is that of the executions of their bodies. */
  readonly collected: { readonly step: StepState; readonly collects: 'all' | 'last' }[] = [];
  /** Steps that keep what has completed of this generation in their next one. */
  readonly adopted: { readonly stepId: string; readonly generation: number }[] = [];
  private readonly counts = new Map<string, ChildCounts>();
  readonly waits = new WaitChanges();
  readonly approvals = new ApprovalChanges();
  readonly compensations = new CompensationChanges();
  /** Where a command is about executions of bodies. */
  root: RootParts | undefined;
  changed = false;
  /** The execution has completed: its result must be computed. */
  finished = false;
  /** The execution runs again: its result must be cleared. */
  restarted = false;
  /** Its steps are to be written as another version has them. */
  moved = false;
  /** What the command at hand would make of the steps by another version. */
  plan: MovePlan | null = null;
  private readyNow: StepState[] = [];
  private begun: BegunPart[] = [];
  private readonly allBegun: BegunPart[] = [];
  private claimed: ClaimedStep[] = [];
  private later: StepState[] = [];

  constructor(
    /** The version that the execution goes by. */
    public definition: Definition,
    readonly state: ExecutionState,
    /** The database's clock. */
    readonly now: Date,
    /** How long a step waits for a service that does not answer, in milliseconds. */
    readonly serviceWaitMs: number,
    readonly random: () => number = Math.random,
  ) {}

  after(ms: number): Date {
    return new Date(this.now.getTime() + ms);
  }

  step(stepId: string): { readonly state: StepState; readonly definition: StepDefinition } | undefined {
    const state = this.state.steps.get(stepId);
    const definition = this.definition.byId.get(stepId);
    return state && definition && { state, definition };
  }

  emit(type: ExecutionEventType): void;
  emit(type: StepEventType, step: StepState): void;
  emit(type: ExecutionEventType | StepEventType, step?: StepState): void {
    this.note(type, step?.stepId, step);
    if (step) this.changedSteps.add(step);
  }

  /** The compensation of a step has begun or ended. */
  tell(type: CompensationEventType, stepId: string): void {
    this.note(type, stepId);
  }

  /** Writes a line into the logs, about a step or the execution as a whole. */
  log({ level, message, data = undefined }: EngineLine, stepId?: string): void {
    this.state.logSeq += 1;
    const attempt = this.state.steps.get(stepId ?? '')?.attempts ?? null;
    const about = { stepId: stepId ?? null, attempt: attempt || null, agentExecutionId: null, origin: null };
    const line = { ...about, time: this.now, level, source: 'ENGINE' as const, message, data: data ?? null };
    this.logs.push({ executionId: this.state.id, seq: this.state.logSeq, line });
    this.changed = true;
  }

  /** Lines that others have written about a step. False when there is no such step. */
  passOnLines(stepId: string, lines: readonly LogLine[]): boolean {
    const step = this.state.steps.get(stepId);
    if (!step || lines.length === 0) return false;
    for (const line of lines) {
      this.state.logSeq += 1;
      this.logs.push({
        executionId: this.state.id,
        seq: this.state.logSeq,
        line: { ...line, attempt: line.attempt ?? step.attempts },
      });
    }
    this.note('STEP_LOGGED', stepId);
    return true;
  }

  private note(type: TurnEvent['type'], stepId: string | undefined, step?: StepState): void {
    const line = lineOf(type, this.state, step, this.now);
    if (line) this.log(line, stepId);
    this.state.eventSeq += 1;
    this.events.push({ type, seq: this.state.eventSeq, ...(stepId === undefined ? {} : { stepId }) });
    this.changed = true;
  }

  /** A step could begin: now, or at its `readyAt`. */
  offer(step: StepState): void {
    if (step.readyAt === null) return;
    (step.readyAt <= this.now ? this.readyNow : this.later).push(step);
  }

  /** A waiting step has a time at which to look at it again. */
  remind(step: StepState): void {
    this.later.push(step);
  }

  claim(step: StepState, definition: StepDefinition): ClaimedStep {
    step.status = 'RUNNING';
    step.attempts += 1;
    step.leaseToken = newId();
    step.leaseExpiresAt = this.after(LEASE_MS);
    const timed = !UNTIMED.has(definition.stepType) && !hasChildren(definition);
    step.deadlineAt = timed ? this.after(definition.timeoutSeconds * 1_000) : null;
    step.readyAt = null;
    step.wakeAt = null;
    step.startedAt ??= this.now;
    this.state.startedAt ??= this.now;
    this.emit('STEP_STARTED', step);
    const key = { generation: step.generation, failures: step.failures };
    const { stepId, leaseToken: token, contextVersion, unwritten, childrenTotal: total } = step;
    const children = total === null ? null : { total, completed: step.childrenCompleted };
    return { stepId, token, key, contextVersion, unwritten, children, rights: this.state.rights };
  }

  /** Claims ready steps without a condition for the caller; conditions are decided outside of the transaction. */
  claimInline({ inline = 0 }: CommandOptions): void {
    const rest: StepState[] = [];
    for (const step of this.readyNow) {
      const definition = this.definition.byId.get(step.stepId);
      const room = this.claimed.length < inline && step.status === 'READY';
      if (room && definition && definition.condition === null) this.claimed.push(this.claim(step, definition));
      else rest.push(step);
    }
    this.readyNow = rest;
  }

  /** How many executions of its body a step has, as read while its execution is locked. */
  setChildren(stepId: string, counts: ChildCounts): void {
    this.counts.set(stepId, counts);
  }

  childrenOf(step: StepState): ChildCounts {
    const counts = this.counts.get(step.stepId);
    if (!counts) throw new Error(`nothing was read of the executions of the step ${step.stepId}`);
    return counts;
  }

  /** The next executions of the body of a step. */
  begin(step: StepState, count: number, workflow?: ChildWorkflow): void {
    const ids = Array.from({ length: count }, () => newId());
    this.beginnings.push({ step, ids, workflow });
    const parts = ids.map((id) => ({ id, turn: 0 }));
    this.begun.push(...parts);
    this.allBegun.push(...parts);
    this.childrenOf(step).open += count;
    this.root?.begin(count);
    this.changedSteps.add(step);
    this.changed = true;
  }

  collect(step: StepState, collects: 'all' | 'last'): void {
    this.collected.push({ step, collects });
  }

  adopt({ stepId, generation }: StepState): void {
    this.adopted.push({ stepId, generation });
  }

  /** An execution that is stored in this transaction, and is no part of a step. */
  beginOther(id: string): void {
    const part = { id, turn: 0 };
    this.begun.push(part);
    this.allBegun.push(part);
  }

  /** As the database has given them out. */
  setTurns(turns: ReadonlyMap<string, number>): void {
    for (const part of this.allBegun) part.turn = turns.get(part.id) ?? part.turn;
  }

  takeBegun(): readonly BegunPart[] {
    const { begun } = this;
    this.begun = [];
    return begun;
  }

  /** Hands over what the command at hand made ready. */
  takeReady(): { readonly claimed: readonly ClaimedStep[]; readonly ready: readonly ReadyStep[] } {
    const { claimed } = this;
    const ready = [...this.readyNow, ...this.later].filter(isStillOpen).map((step) => this.describe(step));
    this.claimed = [];
    this.readyNow = [];
    this.later = [];
    return { claimed, ready };
  }

  private describe(step: StepState): ReadyStep {
    const at = step.status === 'WAITING' ? step.wakeAt : step.readyAt;
    return {
      stepId: step.stepId,
      delayMs: Math.max(0, (at?.getTime() ?? 0) - this.now.getTime()),
      occasion: occasionOf(step),
    };
  }
}

const isStillOpen = (step: StepState) => step.status === 'READY' || step.status === 'WAITING';

/** Differs between any two times the step became ready, and is the same while it is. */
export const occasionOf = (
  step: Pick<StepState, 'status' | 'generation' | 'failures' | 'recoveries' | 'waits'>,
): string =>
  `${step.generation}.${step.failures}.${step.recoveries}.${step.waits}${step.status === 'WAITING' ? 'w' : ''}`;
