import type { StarterRights } from '../starter-rights.ts';
import type { ExecutionStatus, StepError, StepAddress } from './execution-state.ts';
import type { CompensationDecision } from './compensations/compensation-changes.ts';
import type { Definition } from './definition.ts';
import type { MovePlan } from './move/move-plan.ts';
import type { LogLine } from '../../logs/log-line.ts';
import type { NewApproval, NewDecision } from './approvals/approval-changes.ts';
import type { EventWait, NewSignal } from './waits/event-wait.ts';

/** Code of the error of an agent's execution that was stopped. */
export const AGENT_STOPPED = 'AGENT_STOPPED';

/** How an agent's execution ended. */
export type AgentOutcome =
  { readonly ok: true; readonly result: unknown } | ({ readonly ok: false; readonly error: StepError } & Failure);

/** What decides whether, and when, a failed attempt is followed by another. */
export interface Failure {
  readonly retryable: boolean;
  /** The code that an agent or a service gave, where the error has one of the engine. */
  readonly cause?: string | undefined;
  /** The next attempt does not begin before this time has passed. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Identifies one attempt of a step; side effects use it as their idempotency key. It stays the same until the attempt is
 * known to have failed, even if the attempt is started several times.
 */
export interface AttemptKey {
  readonly generation: number;
  readonly failures: number;
}

/** Executions that a step with a body needs. */
export interface WantedChildren {
  /** So many in all, in this generation of the step. */
  readonly total: number;
  /** What they work on, in order, or the input of another workflow; left out where it is known already. */
  readonly items?: unknown;
  /** They run another workflow. */
  readonly workflow?: ChildWorkflow | undefined;
}

/** The version of a workflow that a step runs. */
export interface ChildWorkflow {
  readonly workflowId: string;
  readonly version: number;
  readonly ownerId: string;
  /** Its execution has the context of the one that begins it. */
  readonly passContext: boolean;
}

/** A service did nothing of an attempt, and may later. */
export interface ServiceWait {
  /** In a sentence for people. */
  readonly reason: string;
  /** When it may be asked again at the earliest; null when it does not say. */
  readonly retryAfterMs: number | null;
  /** The step has failed when it has waited for so long. */
  readonly maxWaitMs: number;
  /** Of its error then. */
  readonly code: string;
}

/** The result of a step that only computes, found before it is claimed. Times are of `performance.now()`. */
export interface ComputedStep {
  readonly stepId: string;
  readonly result: unknown;
  readonly begunAt: number;
  readonly endedAt: number;
}

/** Steps to be claimed and completed in this order, from results that were read after so many reruns of steps. */
export interface Ahead {
  readonly reruns: number;
  readonly steps: readonly ComputedStep[];
}

interface OfStep {
  readonly stepId: string;
}
/** Commands of the process that runs an attempt; refused when another process has claimed it meanwhile. */
interface OfAttempt extends OfStep {
  readonly token: string;
}

/** Commands to an execution. Each is applied under its row lock, or refused without any change. */
export type Command =
  | (OfStep & { readonly kind: 'claim' })
  /** The condition of a READY step was false. */
  | (OfStep & { readonly kind: 'skip' })
  | (OfAttempt & {
      readonly kind: 'complete';
      readonly result: unknown;
      readonly contextWritten?: number | null;
      /** What follows from it. */
      readonly ahead?: Ahead;
    })
  /** Completes READY steps at once, up to the first one that is not. */
  | { readonly kind: 'compute'; readonly ahead: Ahead }
  /** From now on the step reads the context at this version. */
  | (OfAttempt & { readonly kind: 'read-context'; readonly version: number })
  | (OfAttempt & { readonly kind: 'fail'; readonly error: StepError } & Failure)
  /**
   * The outcome of the attempt is unknown, because a service does not answer or answers with an internal error: the same
   * attempt is started again.
   */
  | (OfAttempt & {
      readonly kind: 'postpone';
      readonly service: string;
      readonly fault: boolean;
      /** Set when the service has told that it did nothing, and why. */
      readonly wait?: ServiceWait | undefined;
      /** Why it does not answer, where that is known: in a sentence. */
      readonly reason?: string | undefined;
    })
  | (OfAttempt & { readonly kind: 'await-agent'; readonly agentExecutionId: string; readonly key: AttemptKey })
  | (OfAttempt & { readonly kind: 'await-time'; readonly until: { readonly seconds: number } | { readonly at: Date } })
  /** The step waits for executions of its body, and has as many of them begun as it may. */
  | (OfAttempt & { readonly kind: 'await-children' } & WantedChildren)
  /** Executions of the body of a step may have ended. */
  | (OfStep & { readonly kind: 'children-changed' })
  | (OfStep & { readonly kind: 'agent-ended'; readonly agentExecutionId: string; readonly outcome: AgentOutcome })
  /** Whether the agent service can report the progress of the agent that a step waits for. */
  | (OfStep & { readonly kind: 'agent-heard'; readonly agentExecutionId: string; readonly heard: boolean })
  /** The step waits for an event, at most so long. */
  | (OfAttempt & { readonly kind: 'await-event'; readonly key: AttemptKey; readonly wait: EventWait })
  /** What the step waits for was found among the signals of the execution. */
  | (OfStep & {
      readonly kind: 'event-arrived';
      readonly key: AttemptKey;
      readonly signalId: string;
      readonly result: unknown;
    })
  /** Keeps a signal until a step waits for it. */
  | { readonly kind: 'signal'; readonly signal: NewSignal }
  /** The step waits until people have decided. */
  | (OfAttempt & { readonly kind: 'await-approval'; readonly approval: NewApproval })
  | (OfStep & { readonly kind: 'decide'; readonly generation: number | null; readonly decision: NewDecision })
  /** What there is to undo may go on: the execution has failed, or a compensation of it has ended. */
  | { readonly kind: 'compensate' }
  /** Somebody decides what becomes of a compensation. */
  | { readonly kind: 'decide-compensation'; readonly decision: CompensationDecision }
  /** The time may have come to remind those who have not decided. */
  | (OfStep & { readonly kind: 'remind' })
  /** Writes what its agent has told into the logs, once, even when the step has ended. */
  | (OfStep & { readonly kind: 'log'; readonly lines: readonly LogLine[] })
  /** The delay of a step may be over. */
  | (OfStep & { readonly kind: 'wake' })
  /** The lease of a running step may have run out. */
  | (OfStep & { readonly kind: 'expire' })
  | (OfStep & { readonly kind: 'time-out' })
  /** The execution goes on by another version of its workflow; a dry run only tells what that would mean. */
  | { readonly kind: 'move'; readonly definition: Definition; readonly dryRun: boolean }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | ({ readonly kind: 'cancel' } & Cancellation)
  | {
      readonly kind: 'retry';
      readonly fromStep?: string | undefined;
      readonly allItems?: boolean | undefined;
      readonly endedBefore?: Date | undefined;
    };

export interface Cancellation {
  readonly reason?: string | undefined;
  /** Of the error. */
  readonly code?: string | undefined;
  /** Refused unless it waits for a limit of its workflow. */
  readonly onlyQueued?: boolean | undefined;
}

export interface CommandOptions {
  /** Steps that become ready are claimed in the same transaction, for the caller to run at once: this many at most. */
  readonly inline?: number | undefined;
  /** Refused when the execution goes by another version: the caller has decided by this one. */
  readonly version?: number | undefined;
}

/** A step the caller may run: nobody else can end this attempt while the lease lasts. */
export interface ClaimedStep {
  readonly stepId: string;
  readonly token: string;
  readonly key: AttemptKey;
  /** Version of the context that the step reads; null when it has not read it yet. */
  readonly contextVersion: number | null;
  /** The result is known: what is left is to write it into the context. */
  readonly unwritten: boolean;
  /** Executions of its body: how many there are to be, and how many have completed; null when there are none yet. */
  readonly children: { readonly total: number; readonly completed: number } | null;
  /** What it may do, by who has started the execution and who has continued it. */
  readonly rights: StarterRights;
}

/** Work to be given to the queue. */
export interface ReadyStep {
  readonly stepId: string;
  readonly delayMs: number;
  /** Differs between any two times the step became ready. */
  readonly occasion: string;
}

/** Those with lower turns are taken up first. */
export interface BegunPart {
  readonly id: string;
  turn: number;
}

export interface Outcome {
  /** False: not in a state that allows it, and nothing was changed. */
  readonly applied: boolean;
  /** After the command. */
  readonly status: ExecutionStatus;
  readonly claimed: readonly ClaimedStep[];
  readonly ready: readonly ReadyStep[];
  /** Agents' executions have to be stopped. */
  readonly stops: boolean;
  /** Executions of bodies that were begun: their first steps are READY. */
  readonly begun: readonly BegunPart[];
  /** The step that this execution, which has ended, was begun by. */
  readonly parent: StepAddress | null;
  /** The execution, which somebody started, that may go on with its compensations. */
  readonly compensates: string | null;
  /** The workflow whose limits allow another execution. */
  readonly frees: string | null;
  /** What became of the execution concerns executions of its bodies. */
  readonly concernsChildren: boolean;
  /** Of the steps that were computed ahead: so many of the first ones were completed. */
  readonly computed: number;
  /** Times that steps were run again, all together: a change means that earlier results may have been replaced. */
  readonly reruns: number;
  /** Refused, as the caller has decided by a version that the execution does not go by any more. */
  readonly outdated: boolean;
  /** Of a move: what becomes of the steps; null when the execution cannot be moved as it is. */
  readonly plan: MovePlan | null;
}
