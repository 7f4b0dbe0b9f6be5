export { A2A_OUTPUT, toA2aParts, toA2aStatus, toA2aTask, type A2aExecution } from './tasks.ts';
