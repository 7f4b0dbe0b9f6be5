import { signedIn } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { id, notFound, parseInput, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { CompensationAction } from '../executions/engine/compensations/compensation-status.ts';
import { scopeOf } from '../executions/engine/compensations/compensation.ts';
import { definitionOf } from '../executions/engine/create-definition.ts';
import { originOf, type Decides } from '../executions/engine/decision-origin.ts';
import type { Definitions } from '../executions/engine/definitions.ts';
import type { Engine } from '../executions/engine/engine.ts';
import type { ExecutionHeaders } from '../executions/engine/execution-headers.ts';
import type { ExecutionService } from '../executions/execution-service.ts';
import { rightsOf } from '../executions/starter-rights.ts';
import { storableIds } from '../workflows/storable-ids.ts';
import type { CompensationRecord } from './compensation-record.ts';
import type { CompensationStore } from './compensation-store.ts';

const NO_COMPENSATION = 'There is no such compensation, or its execution is not yours.';
const MAX_REASON = 500;

const retryShape = z.object({ id: id(), reason: text({ max: MAX_REASON }).nullish() });
const reason = text({ min: 1, max: MAX_REASON }).refine((given) => given.trim() !== '', 'must not be blank');
const decisionShape = z.object({ id: id(), reason });

export interface DecideInput {
  readonly id: string;
  readonly reason?: string | null;
}

export interface CompensationServiceParts {
  readonly store: CompensationStore;
  readonly executions: Pick<ExecutionService, 'commandable'>;
  readonly definitions: Definitions;
  readonly headers: Pick<ExecutionHeaders, 'renewRights'>;
  readonly engine: Engine;
  /** Whether work of this user waits, as they are suspended. */
  readonly isHeld: (userId: string) => Promise<boolean>;
}

/** What people decide about compensations. */
export class CompensationService {
  constructor(private readonly parts: CompensationServiceParts) {}

  /** The step that does it. */
  async stepOf({ workflowId, workflowVersion, stepId }: CompensationRecord) {
    const definition = await this.parts.definitions.get(workflowId, workflowVersion);
    const step = definitionOf(definition, scopeOf(stepId)).byId.get(stepId);
    if (!step) throw new Error(`the step ${stepId} has no compensation`);
    return step;
  }

  async retry(caller: Decides, input: DecideInput) {
    const outcome = await this.decide(caller, 'RETRY', input);
    return 'id' in outcome ? { __typename: 'RetryCompensationSuccess' as const, compensation: outcome } : outcome;
  }

  async skip(caller: Decides, input: DecideInput) {
    const outcome = await this.decide(caller, 'SKIP', input);
    return 'id' in outcome ? { __typename: 'SkipCompensationSuccess' as const, compensation: outcome } : outcome;
  }

  async complete(caller: Decides, input: DecideInput) {
    const outcome = await this.decide(caller, 'COMPLETE', input);
    return 'id' in outcome ? { __typename: 'CompleteCompensationSuccess' as const, compensation: outcome } : outcome;
  }

  /** The lock of the execution decides between people who decide at once, and between them and the end of an attempt. */
  private async decide(caller: Decides, action: CompensationAction, input: DecideInput) {
    const person = signedIn(caller.viewer);
    const checked = parseInput(action === 'RETRY' ? retryShape : decisionShape, input);
    if (!checked.ok) return checked.error;
    const { id: compensationId, reason: given } = checked.data;
    const before = await this.find(compensationId);
    const execution = before && (await this.parts.executions.commandable(caller.viewer, before.executionId));
    if (!before || !execution) return notFound(NO_COMPENSATION);
    if (action === 'RETRY') {
      if (await this.parts.isHeld(execution.startedById)) return refused(before, HELD);
      await this.parts.headers.renewRights(execution.id, person.userId, rightsOf(person), 'ENDED');
    }
    const outcome = await this.parts.engine.apply(execution.id, {
      kind: 'decide-compensation',
      decision: {
        ...{ id: newId(), compensationId, action, userId: person.userId, origin: originOf(caller) },
        reason: given?.trim() || null,
      },
    });
    const after = await this.find(compensationId);
    if (!after) return notFound(NO_COMPENSATION);
    return outcome?.applied ? after : refused(after, whyNot(action, after));
  }

  private async find(compensationId: string): Promise<CompensationRecord | null> {
    const [storable] = storableIds([compensationId]);
    return storable === undefined ? null : this.parts.store.find(storable);
  }
}

const HELD = 'The user who started the execution is suspended: try again when they are reactivated.';

function whyNot(action: CompensationAction, { status }: CompensationRecord): string {
  if (status === 'COMPLETED' || status === 'SKIPPED') return `It is ${status} already.`;
  if (status === 'RUNNING') return 'It runs: wait until it is done or has failed.';
  return action === 'RETRY' ? 'It has not failed: those before it come first.' : `It is ${status}.`;
}

const refused = (compensation: CompensationRecord, message: string) => ({
  __typename: 'WorkflowCompensationStateError' as const,
  code: 'WORKFLOW_COMPENSATION_STATE',
  message,
  compensation,
});
