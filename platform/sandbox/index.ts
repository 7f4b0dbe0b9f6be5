export {
  closeSandbox,
  configureSandbox,
  runInSandbox,
  sandboxPids,
  type SandboxOptions,
  type SandboxSettings,
  type SandboxTask,
} from './sandbox.ts';
export { sizeOf } from './data-size.ts';
export { SandboxError } from './sandbox-error.ts';
