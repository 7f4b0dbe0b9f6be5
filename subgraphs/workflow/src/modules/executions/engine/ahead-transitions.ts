import type { Ahead, ComputedStep } from './commands.ts';
import { settle } from './execution-transitions.ts';
import { rerunsOf } from './reruns.ts';
import { endStep } from './step-changes.ts';
import { beginnable } from './step-transitions.ts';
import type { Turn } from './turn.ts';

/**
 * Claims and completes steps that were computed before, in order, up to the first that may not begin: it was not reached, the
 * execution is paused, or another process has it. Nothing is taken once steps were run again since. Returns how many.
 */
export function completeAhead(turn: Turn, { reruns, steps }: Ahead): number {
  if (steps.length === 0 || rerunsOf(turn.state) !== reruns) return 0;
  const last = Math.max(...steps.map(({ endedAt }) => endedAt));
  const at = (time: number) => new Date(turn.now.getTime() - Math.floor(last - time));
  const stopped = steps.findIndex((step) => !completeOne(turn, step, at));
  return stopped === -1 ? steps.length : stopped;
}

function completeOne(
  turn: Turn,
  { stepId, result, begunAt, endedAt }: ComputedStep,
  at: (time: number) => Date,
): boolean {
  const step = beginnable(turn, stepId) ?? beginnableNow(turn, stepId);
  if (!step) return false;
  const { state, definition } = step;
  // Times of the clock of the database, with the durations measured here; none begins before those that it depends on have ended.
  const ended = definition.dependencies.flatMap((id) => turn.state.steps.get(id)?.completedAt ?? []);
  const begun = latest([at(begunAt), turn.state.createdAt, ...ended]);
  state.startedAt ??= begun;
  turn.state.startedAt ??= begun;
  turn.claim(state, definition);
  endStep(turn, state, 'COMPLETED', result);
  state.completedAt = latest([at(endedAt), begun]);
  return true;
}

const latest = (times: readonly Date[]) => new Date(Math.max(...times.map((time) => time.getTime())));

/** Once the steps before it have their consequences. */
function beginnableNow(turn: Turn, stepId: string) {
  settle(turn);
  return beginnable(turn, stepId);
}
