import { LRUCache } from 'lru-cache';
import { runInSandbox, SandboxError, type Requester, type SandboxOptions, type SandboxTask } from '../sandbox/index.ts';
import { ExpressionError, type ExpressionProblem, type Reference } from './expression-error.ts';

export interface EvaluationOptions extends Requester {
  /** Guaranteed time limit, in milliseconds; 1,000 when left out. */
  readonly timeoutMs?: number | undefined;
  /** Time limit while nothing else waits for the sandbox, in milliseconds; 10,000, or `timeoutMs` if only that is given. */
  readonly idleTimeoutMs?: number | undefined;
}

const TIMEOUT_MS = 1_000;
const IDLE_TIMEOUT_MS = 10_000;
/** The worst of 10,000 characters take a second to read, others a few milliseconds. */
const CHECK_TIMEOUT_MS = 500;

/** Throws ExpressionError, or a PublicError that may be tried again: see `runInSandbox`. */
export function evaluateInSandbox(
  language: 'jsonata' | 'cel',
  expression: string,
  input: unknown,
  { timeoutMs, idleTimeoutMs, ...others }: EvaluationOptions,
): Promise<unknown> {
  const times = {
    timeoutMs: timeoutMs ?? TIMEOUT_MS,
    idleTimeoutMs: idleTimeoutMs ?? timeoutMs ?? IDLE_TIMEOUT_MS,
  };
  return run({ language, program: expression, input }, { ...times, ...others });
}

interface Check {
  readonly problem: ExpressionProblem | null;
  readonly references: readonly Reference[];
}

const MAX_KEPT_CHARACTERS = 1_000_000;

/** Looks at long expressions in the sandbox, and keeps what it was told. */
export class SandboxChecks<T extends Check> {
  private readonly kept = new LRUCache<string, T>({
    maxSize: MAX_KEPT_CHARACTERS,
    sizeCalculation: (_check, text) => text.length,
  });

  constructor(private readonly language: 'jsonata' | 'cel') {}

  /** Exceeding a limit is a problem of the expression. Throws a retryable PublicError. */
  async check(text: string, whom: Requester): Promise<T | Check> {
    const known = this.kept.get(text);
    if (known) return known;
    try {
      const task = { language: this.language, program: { check: text }, input: null };
      const check = (await run(task, { timeoutMs: CHECK_TIMEOUT_MS, ...whom })) as T;
      this.kept.set(text, check);
      return check;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return { problem: { message: `cannot be read: ${error.message}` }, references: [] };
    }
  }
}

async function run(task: SandboxTask, options: SandboxOptions): Promise<unknown> {
  try {
    return await runInSandbox(task, options);
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    const { position, code } = error.details;
    throw new ExpressionError(
      error.reason === 'FAILED' ? (code === 'SYNTAX' ? 'SYNTAX' : 'EVALUATION') : error.reason,
      error.message,
      typeof position === 'number' ? position : undefined,
      { cause: error },
    );
  }
}
