export { closeSandbox, runInSandbox, SandboxError, type SandboxTask } from './sandbox.ts';
