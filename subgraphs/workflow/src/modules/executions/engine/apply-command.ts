import * as children from './children/child-transitions.ts';
import type { ClaimedStep, Command, CommandOptions, Outcome } from './commands.ts';
import * as execution from './execution-transitions.ts';
import { isExecutionEnded, isStepEnded, type ExecutionStatus, type StepState } from './execution-state.ts';
import * as step from './step-transitions.ts';
import { completeAhead } from './ahead-transitions.ts';
import { rerunsOf } from './reruns.ts';
import type { Turn } from './turn.ts';
import * as compensations from './compensations/compensation-transitions.ts';
import * as approvals from './approvals/approval-transitions.ts';
import { move } from './move/move-transitions.ts';
import * as waits from './waits/wait-transitions.ts';

/**
 * Applies one command to a locked execution. Decides by the state alone: a command that comes late, twice or from
 * somebody who lost the step is refused and changes nothing.
 */
export function applyCommand(turn: Turn, command: Command, options: CommandOptions = {}): Outcome {
  const own: ClaimedStep[] = [];
  const before = turn.state.status;
  // Whoever holds the lease of an attempt has it of this version: executions with running steps are not moved.
  const decided = !('token' in command) && options.version !== undefined;
  const outdated = decided && options.version !== turn.state.workflowVersion;
  turn.plan = null;
  const possible = !outdated && dispatch(turn, command, own);
  const computed = possible && 'ahead' in command && command.ahead ? completeAhead(turn, command.ahead) : 0;
  const applied = command.kind === 'compute' ? computed > 0 : possible;
  if (applied) {
    execution.settle(turn);
    turn.claimInline(options);
    // What was claimed runs: the execution may have left PENDING or WAITING by it.
    execution.settle(turn);
  }
  const { claimed, ready } = turn.takeReady();
  const steps = [...turn.state.steps.values()];
  const hasEnded = before !== turn.state.status && isExecutionEnded(turn.state.status);
  return {
    applied,
    status: turn.state.status,
    claimed: [...own, ...claimed],
    ready,
    stops: [...turn.changedSteps].some(({ agentStops }) => agentStops.length > 0),
    begun: turn.takeBegun(),
    parent: hasEnded && !turn.state.isCompensation ? turn.state.parent : null,
    compensates: hasEnded && turn.compensations.concerns ? turn.state.rootId : null,
    frees: hasEnded && turn.state.startGate !== null ? turn.state.workflowId : null,
    concernsChildren:
      applied && steps.some((each) => each.childrenTotal !== null && concernsChildren(turn, before, each)),
    computed,
    reruns: rerunsOf(turn.state),
    outdated,
    plan: turn.plan,
  };
}

/** Executions of its body have to be cancelled, paused, resumed or taken up again. */
function concernsChildren({ state, changedSteps }: Turn, before: ExecutionStatus, step: StepState): boolean {
  const paused = (before === 'PAUSED') !== (state.status === 'PAUSED');
  return paused || (changedSteps.has(step) && isStepEnded(step.status));
}

function dispatch(turn: Turn, command: Command, claimed: ClaimedStep[]): boolean {
  switch (command.kind) {
    case 'claim': {
      const won = step.claim(turn, command);
      if (won) claimed.push(won);
      return won !== undefined;
    }
    case 'skip':
      return step.skip(turn, command);
    case 'complete':
      return step.complete(turn, command);
    case 'compute':
      return true;
    case 'read-context':
      return step.readContext(turn, command);
    case 'fail':
      return step.fail(turn, command);
    case 'postpone':
      return step.postpone(turn, command);
    case 'await-agent':
      return step.awaitAgent(turn, command);
    case 'await-time':
      return step.awaitTime(turn, command);
    case 'await-children':
      return children.awaitChildren(turn, command);
    case 'children-changed':
      return children.childrenChanged(turn, command);
    case 'agent-ended':
      return step.agentEnded(turn, command);
    case 'agent-heard':
      return step.agentHeard(turn, command);
    case 'compensate':
      return compensations.compensate(turn);
    case 'decide-compensation':
      return compensations.decideCompensation(turn, command);
    case 'log':
      return turn.passOnLines(command.stepId, command.lines);
    case 'wake':
      return step.wake(turn, command);
    case 'expire':
      return step.expire(turn, command);
    case 'time-out':
      return (
        waits.timeOutWait(turn, command) ?? approvals.timeOutApproval(turn, command) ?? step.timeOut(turn, command)
      );
    case 'await-event':
      return waits.awaitEvent(turn, command);
    case 'event-arrived':
      return waits.eventArrived(turn, command);
    case 'await-approval':
      return approvals.awaitApproval(turn, command);
    case 'decide':
      return approvals.decide(turn, command);
    case 'remind':
      return approvals.remind(turn, command);
    case 'signal':
      return waits.signal(turn, command);
    case 'move':
      return move(turn, command);
    case 'pause':
      return execution.pause(turn);
    case 'resume':
      return execution.resume(turn);
    case 'cancel':
      return execution.cancel(turn, command);
    case 'retry':
      return execution.retry(turn, command);
  }
}
