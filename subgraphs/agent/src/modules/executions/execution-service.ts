import { hasScope, mayTouch, signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import type { ContextClient } from '@flowmesh/platform/context-use';
import { forbidden, unavailable } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { validateAgainst } from '@flowmesh/platform/json-schema';
import { warnSeldom, type Logger, type WarnSeldom } from '@flowmesh/platform/logging';
import type { Queue } from '@flowmesh/platform/queue';
import { ServiceAwayError } from '@flowmesh/platform/services';
import { SUSPENDED_REASON } from '@flowmesh/platform/suspensions';
import { idempotencyConflict, invalidInput, notFound, parseInput } from '@flowmesh/platform/validation';
import { visibleOwner } from '../agents/agent-access.ts';
import { agentUnavailable } from '../agents/agent-failures.ts';
import type { AgentRecord } from '../agents/agent-record.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import { contextRightsOf } from './contexts/context-rights.ts';
import { toolRightsOf } from './tools/tool-rights.ts';
import type { ExecutionEnds } from './execution-ends.ts';
import { executionEnded } from './execution-failures.ts';
import {
  executeShape,
  inputPath,
  stopShape,
  type ExecuteAgentInput,
  type StopAgentExecutionInput,
} from './execution-input.ts';
import {
  EXECUTIONS,
  EXECUTIONS_OF_AGENT,
  type ExecutionListArguments,
  type ExecutionQuery,
} from './execution-query.ts';
import { jobOf, type ExecutionJob } from './execution-queue.ts';
import type { ExecutionRecord } from './execution-record.ts';
import type { ExecutionStore, StartedUnderKey } from './execution-store.ts';
import { untilEnd } from './execution-waiting.ts';
import { digestFor, isOtherWork, limitsOf } from './same-work.ts';

const NO_CONTEXT = 'there is no such context, or neither you nor the agent may read it';
const NO_AGENT = 'There is no such agent, or you may not see it.';
const NO_EXECUTION = 'There is no such execution, or you may not stop it.';
const EXECUTE_ANY = 'agent:execute-any';
const READ_CONTEXT = 'context:read';
/** Maximum tries: if the agent changes between validating the input and storing the work, both are repeated. */
const CREATE_ATTEMPTS = 5;

export interface ExecutionServiceParts {
  readonly store: ExecutionStore;
  readonly agents: AgentStore;
  readonly contexts: ContextClient;
  readonly queue: Queue<ExecutionJob>;
  readonly ends: ExecutionEnds;
  readonly logger: Logger;
  readonly published: () => void;
  /** Aborts the work at once if this process does it. */
  readonly abortHere: (executionId: string) => void;
}

/** Gives work to agents, stops it, shows it. */
export class ExecutionService {
  private readonly warnOfLostHint: WarnSeldom;

  constructor(private readonly parts: ExecutionServiceParts) {
    this.warnOfLostHint = warnSeldom(parts.logger, 'not queued yet');
  }

  /** In the order of the ids; null for what is not there or may not be seen. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(ExecutionRecord | null)[]> {
    const found = new Map((await this.parts.store.findMany(ids)).map((execution) => [execution.id, execution]));
    return ids.map((id) => {
      const execution = found.get(id);
      return execution && this.maySee(viewer, execution) ? execution : null;
    });
  }

  list(viewer: Viewer, args: ExecutionListArguments): Promise<Connection<ExecutionRecord>> {
    return EXECUTIONS.page(args, queryOf(viewer, args), this.parts.store.list);
  }

  listsOf(
    viewer: Viewer,
    agentIds: readonly string[],
    args: ExecutionListArguments,
  ): Promise<Connection<ExecutionRecord>[]> {
    return EXECUTIONS_OF_AGENT.pagesOf(agentIds, args, queryOf(viewer, args), this.parts.store.list);
  }

  /**
   * Accepted means stored; the job is added to the queue afterwards, and may be lost. `parent`: the execution whose agent gives
   * the work; it must not have ended.
   */
  async execute(caller: Caller, input: ExecuteAgentInput, parent: ExecutionRecord | null = null) {
    const parsed = parseInput(executeShape, input);
    if (!parsed.ok) return parsed.error;
    for (let attempt = 0; attempt < CREATE_ATTEMPTS; attempt += 1) {
      const agent = await this.parts.agents.find(input.agentId);
      if (!agent || !mayTouch(caller.viewer, agent.ownerId, 'agent:read-any')) return notFound(NO_AGENT);
      requireExecutable(caller.viewer, agent);
      const outcome = await this.begin(caller, agent, input, parent);
      if (outcome) return outcome;
    }
    throw new Error(`Agent ${input.agentId} changed ${CREATE_ATTEMPTS} times while work was given to it.`);
  }

  /** By id, or by agent and idempotency key if the id is unknown; then nothing can be started with that key any more. */
  async stop(caller: Caller, input: StopAgentExecutionInput) {
    const parsed = parseInput(stopShape, input);
    if (!parsed.ok) return parsed.error;
    const { id, agentId, idempotencyKey, reason = null } = parsed.data;
    if (id != null) return this.stopOne(caller.viewer, id, reason);
    if (agentId == null || idempotencyKey == null) throw new Error('Neither an id nor a key.');
    return this.stopUnderKey(caller, { agentId, idempotencyKey, startedById: signedIn(caller.viewer).userId }, reason);
  }

  /** Stops work of suspended users, at most `limit`; how much there was. */
  async stopSuspended(limit: number): Promise<number> {
    return this.stopAll(await this.parts.store.activeOfSuspended(limit), SUSPENDED_REASON);
  }

  /** Stops what nobody waits for any more, as the execution above it has ended, at most `limit`; how much there was. */
  async stopOrphans(limit: number): Promise<number> {
    return this.stopAll(await this.parts.store.activeOrphans(limit), 'The execution that gave the work has ended.');
  }

  /** Waits until it has ended; rejects when the signal aborts. `look` sees each state before. */
  async untilEnd(
    begun: ExecutionRecord,
    signal: AbortSignal,
    look: (state: ExecutionRecord) => unknown,
  ): Promise<ExecutionRecord> {
    const ended = await untilEnd(this.parts, begun, { deadline: Infinity, signal, look });
    signal.throwIfAborted();
    return ended;
  }

  /** Stops each that has not ended; how many were given. */
  async stopAll(ids: readonly string[], reason: string): Promise<number> {
    for (const id of ids) {
      const outcome = await this.parts.store.stop(id, reason);
      if (outcome?.stopped) this.parts.abortHere(id);
    }
    if (ids.length > 0) this.parts.published();
    return ids.length;
  }

  private async stopOne(viewer: Viewer, id: string, reason: string | null) {
    const [found] = await this.parts.store.findMany([id]);
    if (!found || !this.mayStop(viewer, found)) return notFound(NO_EXECUTION);
    const outcome = await this.parts.store.stop(id, reason);
    if (!outcome) return notFound(NO_EXECUTION);
    if (!outcome.stopped) return executionEnded(outcome.execution);
    this.parts.abortHere(id);
    this.parts.published();
    return { __typename: 'StopAgentExecutionSuccess' as const, execution: outcome.execution };
  }

  private async stopUnderKey(caller: Caller, key: StartedUnderKey, reason: string | null) {
    const find = () => this.parts.store.findByKey(key.agentId, key.startedById, key.idempotencyKey);
    const begun = await find();
    if (begun) return this.stopOne(caller.viewer, begun.id, reason);
    const agent = await this.parts.agents.find(key.agentId);
    if (!agent || !mayTouch(caller.viewer, agent.ownerId, 'agent:read-any')) return notFound(NO_AGENT);
    const execution = await this.parts.store.closeKey(key, newId(), reason, caller.requestId);
    if (execution) {
      this.parts.published();
      return { __typename: 'StopAgentExecutionSuccess' as const, execution };
    }
    // It has begun in the same moment.
    const late = await find();
    return late ? this.stopOne(caller.viewer, late.id, reason) : notFound(NO_AGENT);
  }

  private async begin(caller: Caller, agent: AgentRecord, input: ExecuteAgentInput, parent: ExecutionRecord | null) {
    const { userId } = signedIn(caller.viewer);
    const { store, queue } = this.parts;
    // A known idempotency key returns its execution, regardless of later changes of the agent.
    const known = input.idempotencyKey ? await store.findByKey(agent.id, userId, input.idempotencyKey) : null;
    if (known) return this.known(caller, known, input);
    if (agent.status !== 'ACTIVE') return agentUnavailable(agent.status);
    const problems = agent.inputSchema
      ? await validateAgainst(agent.inputSchema, input.input ?? null, { owner: userId })
      : [];
    if (problems.length > 0) {
      return invalidInput(problems.map(({ path, message }) => ({ path: inputPath(path), message })));
    }
    const context = await this.contextFor(caller, agent, input);
    if ('__typename' in context) return context;
    const outcome = await store.create({
      id: newId(),
      agentId: agent.id,
      agentVersion: agent.version,
      input: input.input ?? null,
      ...limitsOf(agent, input),
      idempotencyKey: input.idempotencyKey ?? null,
      requestDigest: digestFor(agent, input),
      startedById: userId,
      ...context,
      ...toolRightsOf(caller.viewer),
      ...originOf(caller.viewer, parent),
      conversationId: input.conversationId ?? null,
      requestId: caller.requestId,
      waitingSince: input.waitingSince ?? null,
    });
    if (outcome.kind === 'unavailable') return agentUnavailable(outcome.status);
    if (outcome.kind === 'agent gone') return notFound(NO_AGENT);
    if (outcome.kind === 'parent ended') throw unavailable('The execution that gives the work has ended.');
    if (outcome.kind === 'agent changed') return null;
    const { execution, kind } = outcome;
    if (kind === 'known') return this.known(caller, execution, input);
    // The answer does not depend on it: a sweeper adds the job if this fails.
    await queue
      .add(jobOf(execution))
      .catch((error: unknown) => this.warnOfLostHint({ err: error, executionId: execution.id }));
    return this.success(caller, execution, true, input);
  }

  /** What the work is given to know: the version of now, unless one is named. Throws when that cannot be checked. */
  private async contextFor(
    caller: Caller,
    agent: AgentRecord,
    { contextId = null, contextVersion }: ExecuteAgentInput,
  ) {
    const rights = contextRightsOf(caller.viewer);
    if (contextId === null) return { ...rights, contextId, contextVersion: null };
    requireContextScope(caller.viewer);
    const user = {
      userId: signedIn(caller.viewer).userId,
      scopes: rights.contextScopes,
      roleIds: rights.starterRoleIds,
      workflowId: rights.workflowId,
      agentId: agent.id,
      requestId: caller.requestId,
    };
    const found = await this.parts.contexts.find(user, contextId).catch((error: unknown) => {
      if (error instanceof ServiceAwayError) throw unavailable(`The context cannot be checked: ${error.message}`);
      throw error;
    });
    if (!found) return invalidInput([{ path: 'contextId', message: NO_CONTEXT }]);
    const { version } = found;
    if (contextVersion != null && contextVersion > version) {
      return invalidInput([
        { path: 'contextVersion', message: `must be a version of the context, from 1 to ${version}` },
      ]);
    }
    return { ...rights, contextId, contextVersion: contextVersion ?? version };
  }

  private known(caller: Caller, execution: ExecutionRecord, input: ExecuteAgentInput) {
    if (isOtherWork(execution, input)) return idempotencyConflict(execution.id);
    return this.success(caller, execution, false, input);
  }

  private async success(caller: Caller, execution: ExecutionRecord, created: boolean, input: ExecuteAgentInput) {
    const deadline = performance.now() + (input.waitTimeoutSeconds ?? 60) * 1_000;
    const state = input.wait ? await untilEnd(this.parts, execution, { deadline, signal: caller.signal }) : execution;
    return { __typename: 'ExecuteAgentSuccess' as const, execution: state, created };
  }

  private maySee(viewer: Viewer, { startedById, agentOwnerId }: ExecutionRecord): boolean {
    return mayTouch(viewer, startedById, 'agent:read-any') || mayTouch(viewer, agentOwnerId, 'agent:read-any');
  }

  private mayStop(viewer: Viewer, execution: ExecutionRecord): boolean {
    const { userId } = signedIn(viewer);
    const involved = execution.startedById === userId || execution.agentOwnerId === userId;
    return involved || hasScope(viewer, EXECUTE_ANY);
  }
}

const queryOf = (viewer: Viewer, { filter }: ExecutionListArguments): ExecutionQuery => ({
  filter: filter ?? {},
  visibleTo: visibleOwner(viewer),
});

/** Somebody else's agent uses their credentials and costs them money, so the permission to see it is not enough. */
function requireExecutable(viewer: Viewer, { ownerId }: Pick<AgentRecord, 'ownerId'>): void {
  if (mayTouch(viewer, ownerId, EXECUTE_ANY)) return;
  throw forbidden(`This agent belongs to somebody else: giving it work needs ${EXECUTE_ANY}.`, {
    requiredScopes: [EXECUTE_ANY],
  });
}

/** What is shared with the agent is for whoever may use contexts at all. */
function requireContextScope(viewer: Viewer): void {
  if (hasScope(viewer, READ_CONTEXT)) return;
  throw forbidden(`Giving a context to an agent needs the scope ${READ_CONTEXT}, also where the agent may read it.`, {
    requiredScopes: [READ_CONTEXT],
  });
}

/** On behalf of which other work it is done: only services of the product say so. */
const originOf = (viewer: Viewer, parent: ExecutionRecord | null) => {
  const service = viewer.kind === 'service' ? viewer : undefined;
  return {
    workflowExecutionId: service?.workflowExecutionId ?? null,
    parentId: parent?.id ?? null,
    ancestorIds: parent ? [...parent.ancestorIds, parent.id] : [],
    ancestorAgentIds: parent ? [...parent.ancestorAgentIds, parent.agentId] : [],
  };
};
