import type { LogLevel } from '../../../logs/log-line.ts';
import type { ExecutionState, StepError, StepState } from '../execution-state.ts';
import type { TurnEvent } from '../turn-event.ts';

/** What the engine writes into the logs of an execution. */
export interface EngineLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const info = (message: string, data?: EngineLine['data']): EngineLine => ({
  level: 'INFO',
  message,
  ...(data && { data }),
});

/** Says in words what has happened to an execution or a step, as it is with the change; null when that is told elsewhere. */
export function lineOf(
  type: TurnEvent['type'],
  state: ExecutionState,
  step: StepState | undefined,
  now: Date,
): EngineLine | null {
  if (step) return stepLine(type, step, now);
  switch (type) {
    case 'EXECUTION_PAUSED':
      return info('Paused.');
    case 'EXECUTION_RESUMED':
      return info('Resumed.');
    case 'EXECUTION_RETRIED':
      return info('Runs again.');
    case 'EXECUTION_MOVED':
      return info(`Goes on by version ${state.workflowVersion} of its workflow.`);
    case 'EXECUTION_COMPLETED':
      return info('Completed.');
    case 'EXECUTION_FAILED':
      return failure('The execution has failed', state.error);
    case 'EXECUTION_CANCELLED':
      return { level: 'WARN', message: `Cancelled: ${state.error?.message}` };
    case 'EXECUTION_COMPENSATED':
      return info('All compensations are done or were skipped.');
    case 'COMPENSATION_STARTED':
      return info('Its compensation has begun.');
    case 'COMPENSATION_COMPLETED':
      return info('Its compensation is done.');
    case 'COMPENSATION_FAILED':
      return { level: 'ERROR', message: 'Its compensation has failed for good: somebody has to decide.' };
    case 'COMPENSATION_SKIPPED':
      return { level: 'WARN', message: 'Its compensation was skipped.' };
    default:
      return null;
  }
}

function stepLine(type: TurnEvent['type'], step: StepState, now: Date): EngineLine | null {
  switch (type) {
    case 'STEP_STARTED':
      return info(`Attempt ${step.attempts} has begun.`);
    case 'STEP_WAITING':
      return info(waitOf(step));
    case 'STEP_RETRYING':
      return retryLine(step, now);
    case 'STEP_COMPLETED':
      return info('Completed.', { durationMs: step.startedAt ? now.getTime() - step.startedAt.getTime() : 0 });
    case 'STEP_FAILED':
      return failure(`Attempt ${step.attempts}, the last one, has failed`, step.error);
    case 'STEP_CANCELLED':
      return info('Cancelled, as the execution has ended.');
    case 'STEP_REMINDED':
      return info('Those who have not decided are reminded.');
    case 'STEP_ESCALATED':
      return {
        level: 'WARN',
        message: `Nobody has decided in time: others are asked too, until ${at(step.deadlineAt)}.`,
      };
    default:
      return null;
  }
}

const at = (time: Date | null): string => time?.toISOString() ?? 'further notice';

function waitOf(step: StepState): string {
  const { stepType, waitingFor, agentUnheardSince, wakeAt, deadlineAt, childrenTotal } = step;
  if (waitingFor !== null) return `The time of the attempt is over: the ${waitingFor} service is asked to stop it.`;
  if (agentUnheardSince) return `Waits for its agent, of which nothing is heard since ${at(agentUnheardSince)}.`;
  if (wakeAt) return `Waits until ${at(wakeAt)}.`;
  if (childrenTotal !== null) return `Waits for the executions of its body: ${childrenTotal} in all.`;
  if (stepType === 'WAIT_FOR_EVENT') return `Waits for an event, until ${at(deadlineAt)}.`;
  if (stepType === 'APPROVAL') return `Waits for people to decide, until ${at(deadlineAt)}.`;
  return 'Waits for its agent.';
}

/** Why an attempt is begun once more: it has failed, it was lost with its process, or a service did nothing of it. */
function retryLine(step: StepState, now: Date): EngineLine {
  const delayMs = Math.max(0, (step.wakeAt?.getTime() ?? 0) - now.getTime());
  const when = delayMs > 0 ? `in ${(delayMs / 1_000).toFixed(1)} s` : 'now';
  if (step.waitingFor !== null) {
    const { waitingFor: service, waitingReason: reason } = step;
    const message = `Waits for the ${service} service. ${reason ?? 'It does not answer.'} It is asked again ${when}.`;
    return { level: 'WARN', message, data: { service, delayMs } };
  }
  if (step.recoveries > 0) {
    return { level: 'WARN', message: 'The process that ran the attempt was lost. The same attempt is begun again.' };
  }
  const { code } = step.error ?? {};
  const line = failure(`Attempt ${step.attempts} has failed`, step.error);
  return { level: 'WARN', message: `${line.message} (the next one begins ${when})`, data: { code, delayMs } };
}

function failure(what: string, error: StepError | null): EngineLine {
  if (!error) return { level: 'ERROR', message: `${what}.` };
  const { code, message } = error;
  return { level: 'ERROR', message: `${what} with ${code}: ${message}`, data: { code } };
}
