import { mayTouch, signedIn, type Caller, type SignedInViewer, type Viewer } from '@flowmesh/platform/access';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import { badInput, forbidden, unavailable } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import { conflict, invalidInput, notFound, parseInput } from '@flowmesh/platform/validation';
import { storableIds } from '../workflows/storable-ids.ts';
import { mayChange, maySee, visibleOwner } from '../workflows/workflow-access.ts';
import type { WorkflowStore } from '../workflows/workflow-store.ts';
import type { FiringStore } from './firings/firing-store.ts';
import type { Firings } from './firings/firings.ts';
import { BY_USER } from './firings/reasons.ts';
import { nextTime, nextTimes } from './schedule/schedule.ts';
import {
  changedValues,
  createShape,
  newValues,
  problemsOfValues,
  runShape,
  updateShape,
  type CreateWorkflowTriggerInput,
  type UpdateWorkflowTriggerInput,
} from './trigger-input.ts';
import { HISTORY, TRIGGERS, TRIGGERS_OF_WORKFLOW, type TriggerListArguments } from './trigger-query.ts';
import type { FiringRecord, TriggerKind, TriggerRecord, TriggerRights, TriggerValues } from './trigger-record.ts';
import type { Refusal, TriggerStore } from './trigger-store.ts';

const NO_WORKFLOW = 'There is no such workflow, or you may not see it.';
const NO_TRIGGER = 'There is no such trigger, or you may not change it.';
const EXECUTE_ANY = 'workflow:execute-any';
const MAX_NEXT_RUNS = 100;
const NAME_TAKEN = 'You have a trigger of this name for the workflow: give another name, or change that trigger.';
const REFUSALS: Readonly<Record<Exclude<Refusal, 'no workflow'>, string>> = {
  'name taken': NAME_TAKEN,
  'too many of the workflow': 'The workflow has 20 triggers, as many as it can have: remove one that is not needed.',
  'too many of the user': 'You have 100 triggers, as many as you can have: remove one that is not needed.',
};

export interface TriggerServiceParts {
  readonly store: TriggerStore;
  readonly firings: FiringStore;
  readonly settling: Firings;
  readonly workflows: WorkflowStore;
  readonly services: Services;
  readonly now: () => Promise<Date>;
}

/** Triggers as people make, change and watch them. */
export class TriggerService {
  constructor(private readonly parts: TriggerServiceParts) {}

  /** In the order of the ids; null for what is not there or may not be seen. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(TriggerRecord | null)[]> {
    const found = new Map((await this.parts.store.findMany(storableIds(ids))).map((trigger) => [trigger.id, trigger]));
    return ids.map((id) => {
      const trigger = found.get(id);
      return trigger && isVisible(viewer, trigger) ? trigger : null;
    });
  }

  list(viewer: Viewer, args: TriggerListArguments): Promise<Connection<TriggerRecord>> {
    return TRIGGERS.page(args, { filter: args.filter ?? {}, visibleTo: visibleOwner(viewer) }, this.parts.store.list);
  }

  listsOf(viewer: Viewer, workflowIds: readonly string[], args: PageArguments): Promise<Connection<TriggerRecord>[]> {
    const query = { filter: {}, visibleTo: visibleOwner(viewer) };
    return TRIGGERS_OF_WORKFLOW.pagesOf(workflowIds, args, query, this.parts.store.list);
  }

  /** Of triggers that may be seen. */
  historiesOf(triggerIds: readonly string[], args: PageArguments): Promise<Connection<FiringRecord>[]> {
    return HISTORY.pagesOf(triggerIds, args, null, this.parts.firings.history);
  }

  async lastOf(triggerIds: readonly string[]): Promise<(FiringRecord | null)[]> {
    const found = await this.parts.firings.lastOf(triggerIds);
    return triggerIds.map((id) => found.get(id) ?? null);
  }

  async nextRuns({ kind, status, cron, timeZone }: TriggerRecord, first: number): Promise<Date[]> {
    if (first < 1 || first > MAX_NEXT_RUNS) throw badInput('first', `must be between 1 and ${MAX_NEXT_RUNS}`);
    if (kind !== 'SCHEDULE' || status !== 'ACTIVE' || cron === null) return [];
    return nextTimes(cron, timeZone ?? 'UTC', await this.parts.now(), first);
  }

  async create(caller: Caller, input: CreateWorkflowTriggerInput) {
    const viewer = signedIn(caller.viewer);
    const parsed = parseInput(createShape, input);
    if (!parsed.ok) return parsed.error;
    const { workflowId, kind, status } = parsed.data;
    const workflow = await this.parts.workflows.find(workflowId);
    if (!workflow || !maySee(viewer, workflow.ownerId)) return notFound(NO_WORKFLOW);
    if (!mayTouch(viewer, workflow.ownerId, EXECUTE_ANY)) {
      throw forbidden(`This workflow belongs to somebody else: a trigger for it needs ${EXECUTE_ANY}.`, {
        requiredScopes: [EXECUTE_ANY],
      });
    }
    const values = newValues(parsed.data);
    const problems = await this.problems(caller, kind, values, null);
    if (problems.length > 0) return invalidInput(problems);
    const isPaused = status === 'PAUSED';
    const trigger = await this.parts.store.create({
      ...values,
      ...rightsOf(viewer),
      ...{ id: newId(), workflowId, ownerId: viewer.userId, kind },
      pausedReason: isPaused ? BY_USER : null,
      nextDueAt: isPaused ? null : await this.nextDue(values),
    });
    if (trigger === 'no workflow') return notFound(NO_WORKFLOW);
    if (typeof trigger === 'string') return conflict(REFUSALS[trigger]);
    return { __typename: 'CreateWorkflowTriggerSuccess' as const, trigger };
  }

  async update(caller: Caller, input: UpdateWorkflowTriggerInput) {
    const viewer = signedIn(caller.viewer);
    const parsed = parseInput(updateShape, input);
    if (!parsed.ok) return parsed.error;
    const before = await this.own(viewer, parsed.data.id);
    if (!before) return notFound(NO_TRIGGER);
    const values = changedValues(before, parsed.data);
    const problems = await this.problems(caller, before.kind, values, before.integrationId);
    if (problems.length > 0) return invalidInput(problems);
    const isSame = values.cron === before.cron && values.timeZone === before.timeZone;
    // A time that has come and is not noted yet is not passed over by a change of something else.
    const nextDueAt = isSame ? before.nextDueAt : await this.nextDue(values);
    const trigger = await this.parts.store.update(before.id, { ...values, ...rightsOf(viewer) }, nextDueAt);
    if (trigger === 'name taken') return conflict(NAME_TAKEN);
    return trigger ? { __typename: 'UpdateWorkflowTriggerSuccess' as const, trigger } : notFound(NO_TRIGGER);
  }

  async remove(viewer: Viewer, id: string) {
    const trigger = await this.changeable(viewer, id);
    const removed = trigger && (await this.parts.store.remove(id));
    return removed ? { __typename: 'DeleteWorkflowTriggerSuccess' as const, triggerId: id } : notFound(NO_TRIGGER);
  }

  async pause(viewer: Viewer, id: string) {
    if (!(await this.changeable(viewer, id))) return notFound(NO_TRIGGER);
    await this.parts.store.pause(id, BY_USER);
    const trigger = await this.parts.store.find(id);
    return trigger ? { __typename: 'PauseWorkflowTriggerSuccess' as const, trigger } : notFound(NO_TRIGGER);
  }

  async resume(viewer: Viewer, id: string) {
    const user = signedIn(viewer);
    const before = await this.own(user, id);
    if (!before) return notFound(NO_TRIGGER);
    const workflow = await this.parts.workflows.find(before.workflowId);
    if (workflow?.status === 'ARCHIVED') return conflict('The workflow is archived: activate it first.');
    const nextDueAt = await this.nextDue(before);
    if (before.kind === 'SCHEDULE' && !nextDueAt) return conflict('The schedule has no further time: change it first.');
    await this.parts.store.resume(id, rightsOf(user), nextDueAt);
    const trigger = await this.parts.store.find(id);
    return trigger ? { __typename: 'ResumeWorkflowTriggerSuccess' as const, trigger } : notFound(NO_TRIGGER);
  }

  /** Answers when it is decided what comes of it, or when that takes a service that does not answer. */
  async run(viewer: Viewer, input: { readonly id: string; readonly idempotencyKey?: string | null }) {
    const parsed = parseInput(runShape, input);
    if (!parsed.ok) return parsed.error;
    const user = signedIn(viewer);
    const trigger = await this.own(user, parsed.data.id);
    if (!trigger) return notFound(NO_TRIGGER);
    const { firings, settling, now } = this.parts;
    const id = newId();
    const occasion = `manual:${parsed.data.idempotencyKey ?? id}`;
    const noted = await firings.noteManual(id, trigger.id, occasion, rightsOf(user), await now());
    const pending = noted === null ? null : await firings.find(noted);
    if (!pending) return notFound(NO_TRIGGER);
    if (pending.status === 'PENDING') await settling.settle(trigger, pending);
    const firing = await firings.find(pending.id);
    return firing ? { __typename: 'RunWorkflowTriggerSuccess' as const, firing } : notFound(NO_TRIGGER);
  }

  private async problems(caller: Caller, kind: TriggerKind, values: TriggerValues, integrationBefore: string | null) {
    const problems = await problemsOfValues(kind, values, caller.viewer);
    const { integrationId } = values;
    if (kind !== 'WEBHOOK' || integrationId === null || integrationId === integrationBefore) return problems;
    if (await this.seesIntegration(caller, integrationId)) return problems;
    return [...problems, { path: 'integrationId', message: 'there is no such integration, or you may not see it' }];
  }

  private async seesIntegration({ viewer, requestId }: Caller, id: string): Promise<boolean> {
    const service = this.parts.services.get('integration');
    if (!service) throw new Error('the integration subgraph is not configured');
    const request = { query: 'query LookAtIntegration($id: ID!) { integration(id: $id) { id } }', variables: { id } };
    try {
      const found = await service.ask<{ integration: object | null }>(request, { viewer, requestId });
      return found.integration !== null;
    } catch (error) {
      if (error instanceof ServiceRefusedError) return false;
      if (error instanceof ServiceAwayError) throw unavailable(`The integration cannot be checked: ${error.message}`);
      throw error;
    }
  }

  private async nextDue({ cron, timeZone }: TriggerValues): Promise<Date | null> {
    return cron === null ? null : nextTime(cron, timeZone ?? 'UTC', await this.parts.now());
  }

  /** What its executions do is done with the rights of who made it: nobody else decides what that is. */
  private async own({ userId }: SignedInViewer, id: string): Promise<TriggerRecord | null> {
    const [trigger] = await this.parts.store.findMany(storableIds([id]));
    return trigger?.ownerId === userId ? trigger : null;
  }

  private async changeable(viewer: Viewer, id: string): Promise<TriggerRecord | null> {
    const [trigger] = await this.visible(viewer, [id]);
    if (!trigger) return null;
    return mayChange(viewer, trigger.ownerId) || mayChange(viewer, trigger.workflowOwnerId) ? trigger : null;
  }
}

const isVisible = (viewer: Viewer, { ownerId, workflowOwnerId }: TriggerRecord): boolean =>
  maySee(viewer, ownerId) || maySee(viewer, workflowOwnerId);

const rightsOf = (viewer: SignedInViewer): TriggerRights => ({
  scopes: viewer.scopes,
  roleIds: viewer.roleIds ?? [],
});
