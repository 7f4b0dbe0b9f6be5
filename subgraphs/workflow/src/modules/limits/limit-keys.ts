import { evaluateJsonata, ExpressionError } from '@flowmesh/platform/expressions';
import { textProblem } from '@flowmesh/platform/validation';
import type { LimitKeys } from './limit-record.ts';
import type { LimitStore } from './limit-store.ts';

const MAX_LENGTH = 255;
/** Whoever starts an execution waits for its keys. */
const TIMEOUT_MS = 100;

/** The key cannot be had of this input. */
export class LimitKeyError extends Error {}

/** What an execution with this input counts for; null when its workflow has no limits. */
export async function keysFor(
  limitsOf: Pick<LimitStore, 'find'>,
  workflowId: string,
  input: unknown,
  owner: string,
): Promise<LimitKeys | LimitKeyError | null> {
  const limits = await limitsOf.find(workflowId);
  if (!limits) return null;
  try {
    const [concurrency, rate] = await Promise.all([
      keyOf('concurrency.key', limits.concurrency?.key ?? null, input, owner),
      keyOf('rateLimit.key', limits.rateLimit?.key ?? null, input, owner),
    ]);
    return { concurrency, rate, rejects: limits.concurrency?.onLimit === 'REJECT' };
  } catch (error) {
    if (error instanceof LimitKeyError) return error;
    throw error;
  }
}

async function keyOf(what: string, expression: string | null, input: unknown, owner: string): Promise<string> {
  if (expression === null) return '';
  const value = await evaluateJsonata(expression, { input }, { owner, timeoutMs: TIMEOUT_MS }).catch(
    (error: unknown) => {
      if (!(error instanceof ExpressionError)) throw error;
      throw new LimitKeyError(`the limit of the workflow cannot be computed (${what}): ${error.message}`);
    },
  );
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  const text = String(value);
  if (isPlain && text.length <= MAX_LENGTH && textProblem(text) === null) return text;
  throw new LimitKeyError(
    `the limit of the workflow (${what}) needs a text of at most ${MAX_LENGTH} characters, a number, true or false`,
  );
}
