import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * What may be done in this thread before the event loop has a turn, by one piece of work or by many small ones: steps of
 * a program times size of what they handle. About ten milliseconds at the very most.
 */
export const MAX_WORK_HERE = 20_000;

let done = 0;
let turnEnds = false;

/** Waits until the work (at most `MAX_WORK_HERE`) may be done: at once, or after others had their turn. */
export async function takeTurn(work: number): Promise<void> {
  while (done > 0 && done + work > MAX_WORK_HERE) await nextTurn();
  done += work;
  if (turnEnds) return;
  turnEnds = true;
  setImmediate(() => {
    done = 0;
    turnEnds = false;
  });
}
