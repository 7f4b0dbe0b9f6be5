export { closeSandbox, runInSandbox, SandboxError, type SandboxOptions, type SandboxTask } from './sandbox.ts';
