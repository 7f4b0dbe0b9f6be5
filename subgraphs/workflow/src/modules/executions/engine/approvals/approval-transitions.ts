import type { Command } from '../commands.ts';
import type { StepDefinition } from '../definition.ts';
import type { StepState } from '../execution-state.ts';
import { answered, endStep, releaseLease } from '../step-changes.ts';
import { attempted, failAttempt } from '../step-transitions.ts';
import type { Turn } from '../turn.ts';
import {
  isApprover,
  type ApprovalStatus,
  type NewApproval,
  type Occasion,
  type OpenApproval,
  type ShownDecision,
} from './approval-changes.ts';

type OfKind<K extends Command['kind']> = Extract<Command, { readonly kind: K }>;

export const isApproval = ({ stepType }: Pick<StepState, 'stepType'>): boolean => stepType === 'APPROVAL';

export function awaitApproval(turn: Turn, command: OfKind<'await-approval'>): boolean {
  const step = attempted(turn, command)?.state;
  if (!step) return false;
  const { approval } = command;
  answered(step);
  step.status = 'WAITING';
  const deadlineAt = turn.after(approval.deadlineSeconds * 1_000);
  step.deadlineAt = deadlineAt;
  releaseLease(step);
  const { stepId, generation } = step;
  const { notify } = approval;
  const remindAt = notify?.remindSeconds == null ? null : new Date(deadlineAt.getTime() - notify.remindSeconds * 1_000);
  turn.approvals.begun.push({ stepId, generation, deadlineAt, remindAt, approval });
  tell(turn, approval, step, 'ASKED');
  turn.emit('STEP_WAITING', step);
  return true;
}

/** Notes that people are to be told, in the transaction of what they are told of. */
function tell(turn: Turn, { notify }: NewApproval, { stepId, generation }: StepState, occasion: Occasion): void {
  if (notify) turn.approvals.askings.push({ stepId, generation, occasion });
}

/** The step and what is asked, while it is not decided. */
function pending(turn: Turn, stepId: string) {
  const step = turn.step(stepId);
  const open = turn.approvals.open.get(stepId);
  if (!step || !open || !isApproval(step.state) || step.state.status !== 'WAITING') return undefined;
  return open.generation === step.state.generation ? { ...step, open } : undefined;
}

/** Each person decides once, in time, and only when asked. The first rejection decides; approvals do when they are enough. */
export function decide(turn: Turn, command: OfKind<'decide'>): boolean {
  const found = pending(turn, command.stepId);
  if (!found) return false;
  const { state: step, definition, open } = found;
  const { decision } = command;
  const late = step.deadlineAt !== null && step.deadlineAt <= turn.now;
  const other = command.generation !== null && command.generation !== step.generation;
  const again = open.decisions.some(({ by }) => by === decision.userId);
  if (late || other || again || !isApprover(open, decision)) return false;
  const { verdict, comment } = decision;
  open.decisions.push({ by: decision.userId, verdict, comment, at: turn.now.toISOString() });
  turn.approvals.decided.push({ stepId: step.stepId, generation: step.generation, decision });
  const said = verdict === 'APPROVE' ? 'approved' : 'rejected';
  turn.log({ level: 'INFO', message: `${decision.userId} has ${said}.` }, step.stepId);
  const approved = open.decisions.filter((each) => each.verdict === 'APPROVE').length;
  if (verdict === 'REJECT')
    reject(turn, step, definition, open, `Rejected by ${decision.userId}${comment ? `: ${comment}` : '.'}`);
  else if (approved >= open.quorum) close(turn, step, 'APPROVED', open.decisions);
  else turn.emit('STEP_WAITING', step);
  return true;
}

function close(turn: Turn, step: StepState, status: ApprovalStatus, decisions: readonly ShownDecision[]): void {
  turn.approvals.closed.set(step.stepId, status);
  turn.approvals.open.delete(step.stepId);
  endStep(turn, step, 'COMPLETED', { approved: status === 'APPROVED', status, decisions });
}

function reject(turn: Turn, step: StepState, definition: StepDefinition, open: OpenApproval, message: string): void {
  if (open.onReject === 'CONTINUE') {
    close(turn, step, 'REJECTED', open.decisions);
    return;
  }
  turn.approvals.closed.set(step.stepId, 'REJECTED');
  failAttempt(turn, step, definition, { code: 'REJECTED', message }, { retryable: false });
}

/** Once, when the time for it has come and it is not decided. */
export function remind(turn: Turn, { stepId }: OfKind<'remind'>): boolean {
  const found = pending(turn, stepId);
  if (!found?.open.remindAt || found.open.remindAt > turn.now) return false;
  found.open.remindAt = null;
  turn.approvals.reminded.push({ stepId });
  tell(turn, found.open, found.state, 'REMINDED');
  turn.emit('STEP_REMINDED', found.state);
  return true;
}

/** Undefined when the step does not wait for an approval. */
export function timeOutApproval(turn: Turn, { stepId }: OfKind<'time-out'>): boolean | undefined {
  const found = pending(turn, stepId);
  if (!found) return undefined;
  const { state: step, definition, open } = found;
  if (!step.deadlineAt || step.deadlineAt > turn.now) return false;
  const { escalation } = open;
  if (open.onDeadline === 'ESCALATE' && escalation && !open.escalated) {
    open.escalated = true;
    step.deadlineAt = turn.after(escalation.seconds * 1_000);
    turn.approvals.escalated.push({ stepId, deadlineAt: step.deadlineAt });
    tell(turn, open, step, 'ESCALATED');
    turn.emit('STEP_ESCALATED', step);
    return true;
  }
  if (open.onDeadline === 'APPROVE') close(turn, step, 'APPROVED', open.decisions);
  else if (open.onDeadline === 'FAIL') {
    turn.approvals.closed.set(stepId, 'EXPIRED');
    const error = { code: 'APPROVAL_TIMEOUT', message: 'Nobody has decided in time.' };
    failAttempt(turn, step, definition, error, { retryable: false });
  } else reject(turn, step, definition, open, 'Nobody has decided in time.');
  return true;
}
