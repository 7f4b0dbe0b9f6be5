export { Lifecycle, stopOnSignals, stopOnUncaughtErrors } from './lifecycle.ts';
export { startRounds, type Rounds } from './rounds.ts';
