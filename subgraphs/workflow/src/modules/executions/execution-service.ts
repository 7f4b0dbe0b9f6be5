import { hasScope, mayTouch, signedIn, type Caller, type SignedInViewer, type Viewer } from '@flowmesh/platform/access';
import type { Connection, ListSource, PageArguments } from '@flowmesh/platform/connections';
import { forbidden } from '@flowmesh/platform/errors';
import { isAnotherRequest, requestDigest } from '@flowmesh/platform/idempotency';
import { newId } from '@flowmesh/platform/ids';
import { validateAgainst } from '@flowmesh/platform/json-schema';
import {
  id,
  idempotencyConflict,
  invalidInput,
  jsonValue,
  metadata,
  notFound,
  parseArgument,
  parseInput,
  text,
} from '@flowmesh/platform/validation';
import { z } from 'zod';
import { storableIds } from '../workflows/storable-ids.ts';
import { maySee, visibleOwner } from '../workflows/workflow-access.ts';
import type { WorkflowRecord } from '../workflows/workflow-record.ts';
import type { WorkflowStore } from '../workflows/workflow-store.ts';
import type { ContextAdmission } from './contexts/context-admission.ts';
import type { Command } from './engine/commands.ts';
import type { Definitions } from './engine/definitions.ts';
import type { Engine } from './engine/engine.ts';
import type { Priority, StartRequest } from './engine/start-request.ts';
import { keysFor, LimitKeyError } from '../limits/limit-keys.ts';
import type { LimitStore } from '../limits/limit-store.ts';
import type { ExecutionHeaders } from './engine/execution-headers.ts';
import { limitReached, notExecutable, wrongState } from './execution-failures.ts';
import {
  EXECUTIONS,
  EXECUTIONS_OF_STEP,
  EXECUTIONS_OF_WORKFLOW,
  type ExecutionListArguments,
  type ExecutionQuery,
} from './execution-query.ts';
import type { ExecutionProgress, ExecutionRecord, StepExecutionRecord } from './execution-record.ts';
import { inputPath } from './input-path.ts';
import type { ExecutionStore } from './execution-store.ts';
import { rightsOf } from './starter-rights.ts';

const NO_WORKFLOW = 'There is no such workflow, or you may not see it.';
const NO_EXECUTION = 'There is no such execution, or it is not yours.';
const MAX_INPUT_BYTES = 1_048_576;
const EXECUTE_ANY = 'workflow:execute-any';
const FOREIGN_KEY_VIOLATION = '23503';

const executeShape = z.object({
  workflowId: id(),
  input: jsonValue({ maxBytes: MAX_INPUT_BYTES }).nullish(),
  contextId: id().nullish(),
  idempotencyKey: text({ min: 1, max: 255 }).nullish(),
  metadata: metadata().nullish(),
});
const cancelReason = text({ max: 500 }).nullish();

export interface ExecuteWorkflowInput {
  readonly workflowId: string;
  readonly input?: unknown;
  readonly contextId?: string | null;
  readonly idempotencyKey?: string | null;
  readonly metadata?: Record<string, unknown> | null;
  /** NORMAL when left out. */
  readonly priority?: Priority;
}

export interface RetryInput {
  readonly fromStep?: string | null | undefined;
  readonly allItems?: boolean | null | undefined;
  /** Nothing is to be done when the execution has not ended, or ended later: it was retried since. */
  readonly endedBefore?: Date | undefined;
}

export interface ExecutionServiceParts {
  readonly store: ExecutionStore;
  readonly workflows: WorkflowStore;
  readonly limits: Pick<LimitStore, 'find'>;
  readonly definitions: Definitions;
  readonly engine: Engine;
  readonly headers: Pick<ExecutionHeaders, 'renewRights'>;
  readonly admission: ContextAdmission;
  /** Whether work of this user waits, as they are suspended. */
  readonly isHeld: (userId: string) => Promise<boolean>;
}

/** Starts executions, passes commands to the engine, and reads executions. */
export class ExecutionService {
  constructor(private readonly parts: ExecutionServiceParts) {}

  /** In the order of the ids; null for what is not there or may not be seen. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(ExecutionRecord | null)[]> {
    const found = new Map(
      (await this.parts.store.findMany(storableIds(ids))).map((execution) => [execution.id, execution]),
    );
    return ids.map((executionId) => {
      const execution = found.get(executionId);
      return execution && this.maySee(viewer, execution) ? execution : null;
    });
  }

  maySee(viewer: Viewer, { startedById, ownerId }: Pick<ExecutionRecord, 'startedById' | 'ownerId'>): boolean {
    return maySee(viewer, startedById) || maySee(viewer, ownerId);
  }

  async stepsOf(ids: readonly string[]): Promise<StepExecutionRecord[][]> {
    const found = await this.parts.store.stepsOf(ids);
    return ids.map((executionId) => found.get(executionId) ?? []);
  }

  async progressOf(ids: readonly string[]): Promise<ExecutionProgress[]> {
    const found = await this.parts.store.progressOf(ids);
    return ids.map((executionId) => found.get(executionId) ?? { total: 0, ended: 0, running: 0 });
  }

  list(viewer: Viewer, args: ExecutionListArguments): Promise<Connection<ExecutionRecord>> {
    return EXECUTIONS.page(args, queryOf(viewer, args), this.parts.store.list);
  }

  listsOf(
    viewer: Viewer,
    workflowIds: readonly string[],
    args: ExecutionListArguments,
  ): Promise<Connection<ExecutionRecord>[]> {
    return EXECUTIONS_OF_WORKFLOW.pagesOf(workflowIds, args, queryOf(viewer, args), this.parts.store.list);
  }

  /** Of a step that the viewer may see. */
  async childrenOf(
    viewer: Viewer,
    step: StepExecutionRecord,
    args: PageArguments,
  ): Promise<Connection<ExecutionRecord>> {
    const query = { filter: {}, visibleTo: visibleOwner(viewer), of: step };
    return EXECUTIONS_OF_STEP.page(args, query, step.childCounts === null ? NONE : this.parts.store.list);
  }

  /** Accepted means stored. */
  async execute(caller: Caller, input: ExecuteWorkflowInput) {
    const viewer = signedIn(caller.viewer);
    const checked = parseInput(executeShape, input);
    if (!checked.ok) return checked.error;
    const workflow = await this.parts.workflows.find(input.workflowId);
    if (!workflow || !maySee(viewer, workflow.ownerId)) return notFound(NO_WORKFLOW);
    if (!mayTouch(viewer, workflow.ownerId, EXECUTE_ANY)) {
      throw forbidden(`This workflow belongs to somebody else: executing it needs ${EXECUTE_ANY}.`, {
        requiredScopes: [EXECUTE_ANY],
      });
    }
    const known = await this.findKnown(viewer, workflow, checked.data.idempotencyKey ?? null);
    if (known) return accepted(known, false, digestOf(checked.data));
    const foreignDraft = workflow.status === 'DRAFT' && workflow.ownerId !== viewer.userId;
    if (workflow.status === 'ARCHIVED' || foreignDraft) return notExecutable(workflow.status);
    const problems = workflow.inputSchema
      ? await validateAgainst(workflow.inputSchema, input.input ?? null, { owner: viewer.userId })
      : [];
    if (problems.length > 0) {
      return invalidInput(problems.map(({ path, message }) => ({ path: inputPath(path), message })));
    }
    const unreadable = await this.parts.admission.problem(caller, workflow, checked.data.contextId ?? null);
    if (unreadable) return unreadable;
    const limitKeys = await keysFor(this.parts.limits, workflow.id, input.input ?? null, viewer.userId);
    if (limitKeys instanceof LimitKeyError) return invalidInput([{ path: 'input', message: limitKeys.message }]);
    const order = { limitKeys, refusable: limitKeys?.rejects ?? false, priority: input.priority ?? 'NORMAL' };
    return this.start(caller, viewer, workflow, checked.data, order);
  }

  async cancel(viewer: Viewer, executionId: string, reason: string | null | undefined) {
    // The answer's union has no InvalidInputError.
    const kept = parseArgument('input.reason', cancelReason, reason) ?? undefined;
    const part = await this.partState(viewer, executionId);
    if (part) return part;
    const outcome = await this.command(viewer, executionId, { kind: 'cancel', reason: kept });
    if (!outcome) return notFound(NO_EXECUTION);
    if (!outcome.applied) return wrongState(outcome.execution.status, 'The execution has ended already.');
    return { __typename: 'CancelWorkflowExecutionSuccess' as const, execution: outcome.execution };
  }

  async pause(viewer: Viewer, executionId: string) {
    const part = await this.partState(viewer, executionId);
    if (part) return part;
    const outcome = await this.command(viewer, executionId, { kind: 'pause' });
    if (!outcome) return notFound(NO_EXECUTION);
    if (!outcome.applied) return wrongState(outcome.execution.status, 'The execution has ended or is paused already.');
    return { __typename: 'PauseWorkflowExecutionSuccess' as const, execution: outcome.execution };
  }

  async resume(viewer: Viewer, executionId: string) {
    const part = await this.partState(viewer, executionId);
    if (part) return part;
    const held = await this.heldState(viewer, executionId);
    if (held) return held;
    if (!(await this.commandable(viewer, executionId))) return notFound(NO_EXECUTION);
    await this.renewRights(viewer, executionId, 'PAUSED');
    const outcome = await this.command(viewer, executionId, { kind: 'resume' });
    if (!outcome) return notFound(NO_EXECUTION);
    if (!outcome.applied) return wrongState(outcome.execution.status, 'The execution is not paused.');
    return { __typename: 'ResumeWorkflowExecutionSuccess' as const, execution: outcome.execution };
  }

  async retry(viewer: Viewer, executionId: string, { fromStep, allItems, endedBefore }: RetryInput) {
    const execution = await this.commandable(viewer, executionId);
    const workflow = execution && (await this.parts.workflows.find(execution.workflowId));
    if (!execution || !workflow) return notFound(NO_EXECUTION);
    const part = await this.partState(viewer, executionId);
    if (part) return part;
    if (workflow.status === 'ARCHIVED') return notExecutable(workflow.status);
    const held = await this.heldState(viewer, executionId);
    if (held) return held;
    if (fromStep != null) {
      const { byId } = await this.parts.definitions.get(execution.workflowId, execution.workflowVersion);
      if (!byId.has(fromStep)) return invalidInput([{ path: 'fromStep', message: 'there is no such step' }]);
    }
    if (await this.parts.store.hasOpenParts(executionId)) {
      return wrongState(execution.status, 'Some of its items or rounds have not ended yet. Try again in a moment.');
    }
    const undone = await this.undoneState(execution);
    if (undone) return undone;
    await this.renewRights(viewer, executionId, 'ENDED');
    const how = { fromStep: fromStep ?? undefined, allItems: allItems ?? false, endedBefore };
    const command = { kind: 'retry', ...how } as const;
    const outcome = await this.command(viewer, executionId, command);
    if (!outcome) return notFound(NO_EXECUTION);
    if (!outcome.applied) {
      const { completedAt } = outcome.execution;
      const ended = completedAt !== null;
      // What was asked for has been done meanwhile.
      if (endedBefore && (!ended || completedAt > endedBefore)) {
        return { __typename: 'RetryWorkflowExecutionSuccess' as const, execution: outcome.execution };
      }
      const message = ended ? 'No step failed or was cancelled: name a step.' : 'The execution has not ended.';
      return wrongState(outcome.execution.status, message);
    }
    return { __typename: 'RetryWorkflowExecutionSuccess' as const, execution: outcome.execution };
  }

  private async start(
    caller: Caller,
    viewer: SignedInViewer,
    workflow: WorkflowRecord,
    input: z.output<typeof executeShape>,
    order: Pick<StartRequest, 'limitKeys' | 'refusable' | 'priority'>,
  ) {
    const definition = await this.parts.definitions.get(workflow.id, workflow.version);
    const digest = digestOf(input);
    const started = await this.parts.engine
      .start({
        id: newId(),
        definition,
        ownerId: workflow.ownerId,
        startedById: viewer.userId,
        contextId: input.contextId ?? null,
        rights: rightsOf(viewer),
        ...order,
        input: input.input ?? null,
        idempotencyKey: input.idempotencyKey ?? null,
        requestDigest: digest,
        metadata: input.metadata ?? {},
        requestId: caller.requestId,
      })
      .catch((error: unknown) => {
        if ((error as { code?: unknown }).code === FOREIGN_KEY_VIOLATION) return null;
        throw error;
      });
    if (started?.refused) return limitReached(started.refused);
    const execution = started && (await this.parts.store.find(started.id));
    // Deleted in the same moment.
    if (!started || !execution) return notFound(NO_WORKFLOW);
    return accepted(execution, started.created, digest);
  }

  /** A known idempotency key returns its execution, regardless of later changes of the workflow. */
  private async findKnown(viewer: SignedInViewer, workflow: WorkflowRecord, key: string | null) {
    return key === null ? null : this.parts.store.findByKey(workflow.id, viewer.userId, key);
  }

  /** What the viewer may command: own executions, those of own workflows, everybody's with `workflow:execute-any`. */
  async commandable(viewer: Viewer, executionId: string): Promise<ExecutionRecord | null> {
    const { userId } = signedIn(viewer);
    const [execution] = await this.parts.store.findMany(storableIds([executionId]));
    if (!execution) return null;
    const involved = execution.startedById === userId || execution.ownerId === userId;
    return involved || hasScope(viewer, EXECUTE_ANY) ? execution : null;
  }

  /** Why an execution takes no commands: it does as the one that it is a part of. */
  private async partState(viewer: Viewer, executionId: string) {
    const execution = await this.commandable(viewer, executionId);
    if (!execution || execution.parentId === null) return null;
    const message = `It is a part of the execution ${execution.parentId}: give that one the command.`;
    return wrongState(execution.status, message);
  }

  /** Why an execution cannot continue: steps use the permissions of the user who started it. */
  private async heldState(viewer: Viewer, executionId: string) {
    const execution = await this.commandable(viewer, executionId);
    if (!execution || !(await this.parts.isHeld(execution.startedById))) return null;
    return wrongState(
      execution.status,
      'The user who started it is suspended: it continues when they are reactivated.',
    );
  }

  /** Why an execution cannot be run again: what its steps have done is undone, or about to be. */
  private async undoneState({ id: executionId, status, compensationStatus }: ExecutionRecord) {
    if (compensationStatus === 'NONE') return null;
    // Nothing may be left to undo.
    if (compensationStatus === 'PENDING') await this.parts.engine.apply(executionId, { kind: 'compensate' });
    const [now] = await this.parts.store.findMany([executionId]);
    if (now?.compensationStatus === 'NONE') return null;
    const message = 'What its steps had done is undone by their compensations: start a new execution instead.';
    return wrongState(status, message);
  }

  /** Steps use rights that whoever continues has now, not those that may have been taken away since. */
  private async renewRights(viewer: Viewer, executionId: string, from: 'PAUSED' | 'ENDED'): Promise<void> {
    const { userId } = signedIn(viewer);
    await this.parts.headers.renewRights(executionId, userId, rightsOf(signedIn(viewer)), from);
  }

  private async command(viewer: Viewer, executionId: string, command: Command) {
    if (!(await this.commandable(viewer, executionId))) return null;
    const outcome = await this.parts.engine.apply(executionId, command);
    const [execution] = await this.parts.store.findMany([executionId]);
    return outcome && execution ? { applied: outcome.applied, execution } : null;
  }
}

const NONE: ListSource<ExecutionRecord, ExecutionQuery> = { page: async () => [], count: async () => 0 };

/** The execution that was begun, now or by an earlier call; refused when that call asked for something else. */
function accepted(execution: ExecutionRecord, created: boolean, digest: string | null) {
  if (!created && isAnotherRequest(execution.requestDigest, digest)) return idempotencyConflict(execution.id);
  return { __typename: 'ExecuteWorkflowSuccess' as const, execution, created };
}

/** No metadata is the same as metadata without anything in it. */
function digestOf({ idempotencyKey, input, contextId, metadata: given }: z.output<typeof executeShape>): string | null {
  if (idempotencyKey == null) return null;
  return requestDigest({ input, contextId, metadata: Object.keys(given ?? {}).length > 0 ? given : null });
}

const queryOf = (viewer: Viewer, { filter }: ExecutionListArguments): ExecutionQuery => ({
  filter: filter ?? {},
  visibleTo: visibleOwner(viewer),
});
