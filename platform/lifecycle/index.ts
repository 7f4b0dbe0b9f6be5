export { Lifecycle, stopOnSignals } from './lifecycle.ts';
