export { charactersSize, sizeOf } from '../json/index.ts';
export { toMessage } from './message.ts';
export { fileOfProcess } from './process-file.ts';
export { waitingViewer, type Requester } from './requester.ts';
export {
  closeSandbox,
  configureSandbox,
  runInSandbox,
  sandboxPids,
  type SandboxOptions,
  type SandboxSettings,
  type SandboxTask,
} from './sandbox.ts';
export { SandboxError } from './sandbox-error.ts';
export { SandboxPool, type PoolOptions } from './sandbox-pool.ts';
export type { ProcessKind } from './sandbox-process.ts';
export { MAX_WORK_HERE, takeTurn } from './turns.ts';
