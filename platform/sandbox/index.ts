export { charactersSize, sizeOf } from './data-size.ts';
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
export { MAX_WORK_HERE, takeTurn } from './turns.ts';
