import { newId } from '@flowmesh/platform/ids';
import type { Command } from '../commands.ts';
import { isExecutionEnded } from '../execution-state.ts';
import type { Turn } from '../turn.ts';
import { causesOf, isCause, mayCompensate } from './compensation.ts';
import type { OpenCompensation } from './compensation-changes.ts';
import type { CompensationAction, CompensationState } from './compensation-status.ts';

type OfKind<K extends Command['kind']> = Extract<Command, { readonly kind: K }>;

/** To be called when an execution has ended. What is to be undone is found out once all its work has stopped. */
export function oweCompensations(turn: Turn): void {
  const { state, definition } = turn;
  if (state.isCompensation) {
    turn.compensations.concerns = true;
    return;
  }
  const { status } = state;
  if (state.parent !== null || !isCause(status)) return;
  if (!causesOf(definition.config).includes(status) || !mayCompensate(definition, state.steps)) return;
  state.compensationStatus = 'PENDING';
  turn.compensations.concerns = true;
}

/** Goes on with the compensations of an execution, as far as that is possible. May come at any time, and twice. */
export function compensate(turn: Turn): boolean {
  const { state, compensations } = turn;
  const { compensationStatus: status } = state;
  if (status !== 'RUNNING' && !(status === 'PENDING' && compensations.ready)) return false;
  const before = turn.events.length;
  goOn(turn);
  return turn.events.length > before;
}

/** From which states somebody may decide what. */
const DECIDABLE: Readonly<Record<CompensationAction, readonly CompensationState[]>> = {
  RETRY: ['FAILED'],
  SKIP: ['PENDING', 'FAILED'],
  COMPLETE: ['PENDING', 'FAILED'],
};

export function decideCompensation(turn: Turn, { decision }: OfKind<'decide-compensation'>): boolean {
  const { compensations, state } = turn;
  const found = compensations.known.find(({ id }) => id === decision.compensationId);
  if (!found || !DECIDABLE[decision.action].includes(found.status)) return false;
  compensations.decided.push({ stepId: found.stepId, decision });
  if (decision.action === 'RETRY') found.status = 'PENDING';
  else end(turn, found, decision.action === 'SKIP' ? 'SKIPPED' : 'COMPLETED');
  compensations.changed.add(found);
  state.compensationStatus = 'RUNNING';
  goOn(turn);
  return true;
}

/** One after the other: the next one begins when the one before is done. */
function goOn(turn: Turn): void {
  const { state } = turn;
  for (const each of turn.compensations.known) {
    if (each.status === 'COMPLETED' || each.status === 'SKIPPED') continue;
    if (each.status === 'PENDING') {
      begin(turn, each);
      return;
    }
    // Another command of this transaction has begun it: what `runStatus` says is older.
    if (turn.compensations.begun.includes(each)) return;
    if (each.status === 'RUNNING' && each.runStatus !== null && !isExecutionEnded(each.runStatus)) return;
    if (each.status === 'RUNNING' && each.runStatus === 'COMPLETED') {
      end(turn, each, 'COMPLETED');
      continue;
    }
    if (each.status === 'RUNNING') end(turn, each, 'FAILED');
    state.compensationStatus = 'STUCK';
    turn.changed = true;
    return;
  }
  state.compensationStatus = state.compensationStatus === 'PENDING' ? 'NONE' : 'COMPLETED';
  turn.emit('EXECUTION_COMPENSATED');
}

function begin(turn: Turn, compensation: OpenCompensation): void {
  compensation.status = 'RUNNING';
  compensation.runs += 1;
  compensation.runId = newId();
  // Another command of this transaction may look at it.
  compensation.runStatus = 'PENDING';
  compensation.startedAt = turn.now;
  compensation.completedAt = null;
  turn.state.compensationStatus = 'RUNNING';
  turn.compensations.changed.add(compensation);
  turn.compensations.begun.push(compensation);
  turn.beginOther(compensation.runId);
  turn.tell('COMPENSATION_STARTED', compensation.stepId);
}

function end(turn: Turn, compensation: OpenCompensation, status: 'COMPLETED' | 'FAILED' | 'SKIPPED'): void {
  compensation.status = status;
  compensation.completedAt = turn.now;
  turn.compensations.changed.add(compensation);
  turn.tell(`COMPENSATION_${status}`, compensation.stepId);
}
