export { explainStartError } from './explain-start-error.ts';
export { withKeptSecrets, type CompleteConfig } from './kept-secrets.ts';
export { runProcess, type ProcessBasics, type ProcessOptions } from './run-process.ts';
