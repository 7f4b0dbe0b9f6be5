/** What is wrong with an expression, and where. */
export interface ExpressionProblem {
  readonly message: string;
  /** Characters from the beginning; absent when the place is not known. */
  readonly position?: number;
}

/** A place where an expression reads its variables: `steps.a.result` is `['steps', 'a', 'result']`. */
export interface Reference {
  readonly path: readonly string[];
  readonly position?: number;
}

/** An expression that cannot be read (SYNTAX), fails (EVALUATION), or takes too much (TIMEOUT, MEMORY). */
export class ExpressionError extends Error {
  constructor(
    readonly code: 'SYNTAX' | 'EVALUATION' | 'TIMEOUT' | 'MEMORY',
    message: string,
    readonly position?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ExpressionError';
  }
}

/** Of the result, as JSON. */
export const MAX_RESULT_BYTES = 1_048_576;

export function tooLong(expression: string, limit: number): ExpressionProblem | null {
  if (expression.length <= limit) return null;
  return { message: `must have at most ${limit.toLocaleString('en')} characters` };
}
