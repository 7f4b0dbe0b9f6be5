export { explainStartError } from './explain-start-error.ts';
export { withKeptSecrets, type CompleteConfig } from './kept-secrets.ts';
export { createPlatform, type PlatformOptions, type StartedPlatform } from './platform.ts';
export { runProcess, type ProcessBasics, type ProcessOptions } from './run-process.ts';
