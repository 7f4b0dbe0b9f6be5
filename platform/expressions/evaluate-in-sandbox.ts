import { runInSandbox, SandboxError } from '../sandbox/index.ts';
import { ExpressionError } from './expression-error.ts';

const DEFAULT_TIMEOUT_MS = 1_000;

/** Evaluates in the sandbox; waiting for a free thread does not count. Throws ExpressionError. */
export async function evaluateInSandbox(
  language: 'jsonata' | 'cel',
  expression: string,
  input: unknown,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<unknown> {
  try {
    return await runInSandbox({ language, program: expression, input }, { timeoutMs });
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    const { position } = error.details;
    throw new ExpressionError(
      error.reason === 'FAILED' ? 'EVALUATION' : 'TIMEOUT',
      error.message,
      typeof position === 'number' ? position : undefined,
      { cause: error },
    );
  }
}
