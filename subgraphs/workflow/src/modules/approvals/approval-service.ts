import { isServiceId, signedIn, type Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import { newId } from '@flowmesh/platform/ids';
import { id, notFound, parseInput, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { Verdict } from '../executions/engine/approvals/approval-changes.ts';
import { originOf, type Decides, type DecisionOrigin } from '../executions/engine/decision-origin.ts';
import type { Engine } from '../executions/engine/engine.ts';
import { storableIds } from '../workflows/storable-ids.ts';
import { PENDING_APPROVALS, type ApprovalListArguments } from './approval-query.ts';
import type { ApprovalRecord } from './approval-record.ts';
import type { ApprovalStore } from './approval-store.ts';

const NO_APPROVAL = 'There is no such approval, or you are not asked for it.';

const shape = z.object({
  executionId: id(),
  stepId: text({ min: 1, max: 64 }),
  comment: text({ max: 2_000 }).nullish(),
  expectedGeneration: z.int().min(1, 'must be at least 1').nullish(),
});

export interface DecideInput {
  readonly executionId: string;
  readonly stepId: string;
  readonly comment?: string | null;
  readonly expectedGeneration?: number | null;
}

/** Who decides, with the roles held now, and by which means. */
export interface Decider {
  readonly userId: string;
  readonly roleIds: readonly string[];
  readonly origin: DecisionOrigin;
}

export interface StepKey {
  readonly executionId: string;
  readonly stepId: string;
}

/** What people are asked, and what they decide. */
export class ApprovalService {
  constructor(
    private readonly store: ApprovalStore,
    private readonly engine: Engine,
  ) {}

  /** Of steps whose execution the viewer may see. */
  async lastOf(steps: readonly StepKey[]): Promise<(ApprovalRecord | null)[]> {
    const found = new Map(
      (await this.store.lastOf(steps)).map((each) => [`${each.executionId} ${each.stepId}`, each] as const),
    );
    return steps.map(({ executionId, stepId }) => found.get(`${executionId} ${stepId}`) ?? null);
  }

  pending(viewer: Viewer, args: ApprovalListArguments): Promise<Connection<ApprovalRecord>> {
    const { userId, roleIds = [] } = signedIn(viewer);
    return PENDING_APPROVALS.page(args, { filter: args.filter ?? {}, userId, roleIds }, this.store.list);
  }

  /**
   * The lock of the execution decides between people who decide at once, and between them and the deadline. The same decision
   * again is no error.
   */
  decide(caller: Decides, verdict: Verdict, input: DecideInput) {
    const { userId, roleIds = [] } = signedIn(caller.viewer);
    return this.decideAs({ userId, roleIds, origin: originOf(caller) }, verdict, input);
  }

  /** The same for somebody who proved otherwise who they are. */
  async decideAs(person: Decider, verdict: Verdict, input: DecideInput) {
    const checked = parseInput(shape, input);
    if (!checked.ok) return checked.error;
    const { executionId, stepId, comment, expectedGeneration } = checked.data;
    const before = await this.find(person, executionId, stepId);
    if (!before) return notFound(NO_APPROVAL);
    const outcome = await this.engine.apply(executionId, {
      kind: 'decide',
      stepId,
      generation: expectedGeneration ?? before.generation,
      decision: {
        ...{ id: newId(), ...person, verdict },
        comment: comment?.trim() || null,
      },
    });
    const approval = await this.find(person, executionId, stepId);
    if (!approval) return notFound(NO_APPROVAL);
    const own = approval.decisions.find(({ userId }) => userId === person.userId);
    const same = own?.verdict === verdict && (expectedGeneration ?? approval.generation) === approval.generation;
    if (!outcome?.applied && !same) return refused(approval, expectedGeneration ?? null, own !== undefined);
    return { __typename: 'DecideWorkflowApprovalSuccess' as const, approval };
  }

  /** Null when there is none, or this person is not asked. Services of the product do not decide. */
  async find(person: Omit<Decider, 'origin'>, executionId: string, stepId: string): Promise<ApprovalRecord | null> {
    const [execution] = storableIds([executionId]);
    if (execution === undefined || isServiceId(person.userId)) return null;
    const [approval] = await this.store.lastOf([{ executionId: execution, stepId }]);
    if (!approval) return null;
    const asked =
      approval.approverIds.includes(person.userId) ||
      approval.approverRoleIds.some((role) => person.roleIds.includes(role));
    return asked ? approval : null;
  }
}

function refused(approval: ApprovalRecord, expected: number | null, decided: boolean) {
  return {
    __typename: 'WorkflowApprovalStateError' as const,
    code: 'WORKFLOW_APPROVAL_STATE',
    message: whyRefused(approval, expected, decided),
    approval,
  };
}

function whyRefused({ generation, status }: ApprovalRecord, expected: number | null, decided: boolean): string {
  if (expected !== null && expected !== generation) {
    return `The step has run again since: it is asked for the ${generation}. time, not the ${expected}.`;
  }
  if (status !== 'PENDING') return `It is ${status} already.`;
  if (decided) return 'You have decided otherwise already.';
  return 'The time to decide is over.';
}
