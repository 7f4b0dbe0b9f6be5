export { Lifecycle, stopOnSignals, stopOnUncaughtErrors } from './lifecycle.ts';
