import type { ContextUser } from '@flowmesh/platform/context-use';
import type { z } from 'zod';
import type { ContextPort } from '../contexts/context-port.ts';
import type { AgentOutcome, AttemptKey, Failure, ServiceWait, WantedChildren } from '../engine/commands.ts';
import type { StepDefinition } from '../engine/definition.ts';
import type { EventWait } from '../engine/waits/event-wait.ts';
import type { NotificationPort } from '../notifications/notification-port.ts';
import type { StarterRights } from '../starter-rights.ts';
import type { NewApproval } from '../engine/approvals/approval-changes.ts';

/** What expressions read. */
export interface StepValues {
  readonly input: unknown;
  /** Steps before this one that have ended. */
  readonly steps: Readonly<
    Record<string, { readonly status: string; readonly result: unknown; readonly error?: unknown }>
  >;
  /** The workflow's `config`. */
  readonly context: unknown;
  /** All that the context of the execution holds; empty without one, and for expressions that do not read it. */
  readonly memory: unknown;
  /** Within FOR_EACH: what is worked on, and its place from 0; else null. */
  readonly item: unknown;
  readonly index: number | null;
  /** Within LOOP: the number of the round from 1, and the result of the one before; else null. */
  readonly round: number | null;
  readonly previous: unknown;
  /** Of a compensation: why its execution has ended, as `{code, message, step}`; else null. */
  readonly failure: unknown;
}

/** An expression within the configuration. */
export interface ConfigExpression {
  /** Path below `config`. */
  readonly path: string;
  readonly language: 'jsonata' | 'cel';
  readonly text: string;
  /** A CEL expression that must give true or false. */
  readonly boolean?: boolean;
  /** It is evaluated after a round of the body of its step, whose steps it reads too. */
  readonly afterRound?: boolean;
  /** What it reads besides what all expressions do. */
  readonly variables?: readonly string[];
}

/** Gives work to agents on behalf of whoever started the execution. */
export interface AgentPort {
  /**
   * The same key gives the same execution of the agent. Throws `ServiceAwayError` when it is not known whether one has
   * begun, `StepFailure` when none has.
   */
  begin(request: {
    readonly agentId: string;
    readonly input: unknown;
    /** What the agent is given to know. */
    readonly context: { readonly contextId: string; readonly contextVersion: number } | null;
    readonly idempotencyKey: string;
    readonly userId: string;
    readonly scopes: readonly string[];
    readonly roleIds: readonly string[];
    readonly workflowId: string;
    /** Whose budgets apply. */
    readonly workflowExecutionId: string;
    readonly requestId: string;
    /** Work of executions that were begun earlier is taken first. */
    readonly waitingSince: Date;
  }): Promise<string>;
  /** Those of the agents' executions that have ended, or are gone. */
  ended(agentExecutionIds: readonly string[]): Promise<Map<string, AgentOutcome>>;
  /** Nothing runs under this key any more, nor will anything begin under it. */
  stop(request: {
    readonly agentId: string;
    readonly idempotencyKey: string;
    readonly userId: string;
    readonly scopes: readonly string[];
    readonly requestId: string;
  }): Promise<void>;
}

/** Calls external services on behalf of whoever started the execution. */
export interface IntegrationPort {
  /**
   * The answer. The same key never does the work of an operation twice that must not be done twice. Throws
   * `ServiceAwayError` when it is not known what was done, `StepWait` when nothing was and may be later, `StepFailure`
   * otherwise.
   */
  invoke(request: {
    readonly integrationId: string;
    readonly operation: string;
    readonly input: unknown;
    readonly idempotencyKey: string;
    /** Of the call. */
    readonly timeoutMs: number;
    /** For the service to take calls again. */
    readonly maxWaitMs: number;
    readonly userId: string;
    readonly scopes: readonly string[];
    readonly roleIds: readonly string[];
    readonly workflowId: string;
    readonly requestId: string;
  }): Promise<unknown>;
}

/** What starters of executions may do at the moment. */
export interface RightsPort {
  /**
   * What the starter could do then and can do now. Throws `ServiceAwayError` when that is not known, `StepWait` while they are
   * suspended, and `StepFailure` when they are gone or have revoked the API key that was used.
   */
  now(userId: string, then: StarterRights): Promise<StarterRights>;
}

export interface StepRun {
  readonly step: StepDefinition;
  readonly execution: {
    readonly id: string;
    readonly startedById: string;
    readonly ownerId: string;
    readonly workflowId: string;
    /** The execution that somebody started, of which it is a part. */
    readonly rootId: string;
    readonly requestId: string | null;
    readonly input: unknown;
    readonly createdAt: Date;
    readonly depth: number;
  };
  readonly key: AttemptKey;
  readonly agents: AgentPort;
  readonly integrations: IntegrationPort;
  readonly notifications: NotificationPort;
  /** Notes that the step has sent this notification. */
  sent(notificationId: string): Promise<void>;
  readonly contexts: Pick<ContextPort, 'currentVersion' | 'read' | 'readLayer' | 'merge'>;
  /** What the step may do for the starter: see `RightsPort`. Asked only by steps that do something for them. */
  rights(): Promise<StarterRights>;
  /** For whom the step uses contexts. */
  contextUser(): Promise<ContextUser>;
  /** The context of the execution and the version that this step reads; null when there is no context. */
  context(): Promise<{ readonly contextId: string; readonly contextVersion: number } | null>;
  /** The context of the execution; null when there is none. */
  contextId(): Promise<string | null>;
  /** What this expression reads, or everything before the step. */
  values(expression: ConfigExpression): Promise<StepValues>;
  /** Executions of its body: how many there are to be, and how many have completed; null when there are none yet. */
  readonly children: { readonly total: number; readonly completed: number } | null;
  /** What an expression reads after the last round of the body. */
  valuesAfterRound(expression: ConfigExpression): Promise<StepValues>;
  readonly workflows: WorkflowPort;
}

/** What the result of a step is computed from. */
export interface Computation extends Pick<StepRun, 'step' | 'values'> {
  readonly execution: Pick<StepRun['execution'], 'startedById'>;
}

/** Workflows that steps run. */
export interface WorkflowPort {
  /**
   * The present version of a workflow, for whoever started the execution. Throws `StepFailure` when they may not execute it,
   * or not with this input.
   */
  admit(request: {
    readonly workflowId: string;
    readonly input: unknown;
    readonly userId: string;
    readonly scopes: readonly string[];
    readonly hasContext: boolean;
  }): Promise<{ readonly workflowId: string; readonly version: number; readonly ownerId: string }>;
  /** Starts it as an execution of its own; the same key gives the same execution. */
  start(
    workflow: { readonly workflowId: string; readonly version: number; readonly ownerId: string },
    request: { readonly input: unknown; readonly contextId: string | null; readonly idempotencyKey: string },
    execution: StepRun['execution'] & { readonly rights: StarterRights },
  ): Promise<string>;
}

export type StepOutcome =
  /** `contextWritten`: the version of the execution's context that the step has written itself. */
  | { readonly kind: 'completed'; readonly result: unknown; readonly contextWritten?: number }
  /** The step waits until this execution of an agent has ended. */
  | { readonly kind: 'agent'; readonly agentExecutionId: string }
  /** The step waits until these have ended. */
  | ({ readonly kind: 'children' } & WantedChildren)
  /** The step waits until people have decided. */
  | { readonly kind: 'approval'; readonly approval: NewApproval }
  /** The step waits for a signal or a domain event. */
  | { readonly kind: 'event'; readonly wait: EventWait }
  | { readonly kind: 'time'; readonly until: { readonly seconds: number } | { readonly at: Date } };

/**
 * Why an attempt failed. `ServiceAwayError` instead means that its outcome is unknown; any other error is a bug of the
 * product, and is retried.
 */
export class StepFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryable: boolean,
    /** The code that a service gave, and how long it wants not to be asked again. */
    readonly details: Pick<Failure, 'cause' | 'retryAfterMs'> = {},
  ) {
    super(message);
    this.name = 'StepFailure';
  }
}

/** The service has done nothing of the attempt, and may later: the same attempt is begun again then. */
export class StepWait extends Error {
  constructor(
    /** e.g. `integration`. */
    readonly service: string,
    readonly wait: ServiceWait,
  ) {
    super(wait.reason);
    this.name = 'StepWait';
  }
}

/**
 * What one type of step is. A new type is a file beside this one, its entry in `index.ts`, and its value in the enum
 * of the schema and the database.
 */
export interface StepType {
  /** Whether `agentId` must be given; otherwise it must not. */
  readonly needsAgent: boolean;
  /** Shape of `config`: unknown keys are refused. */
  readonly config: z.ZodType;
  /** Of a configuration that has the right shape. */
  expressions(config: Readonly<Record<string, unknown>>): readonly ConfigExpression[];
  /**
   * For types whose result comes from values alone, and that have no effect outside: computes it, also before the step is
   * claimed. Throws as `run` does.
   */
  compute?(run: Computation): Promise<unknown>;
  /**
   * Runs one attempt. May run twice for the same `key` when a process crashes, so external side effects must use the key as
   * their idempotency key.
   */
  run(run: StepRun): Promise<StepOutcome>;
}
