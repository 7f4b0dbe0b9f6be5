import type { ExpressionProblem } from './expression-error.ts';

/** What went wrong while an expression was read or evaluated, in words for whoever wrote it, and where. */
export declare function celProblem(error: unknown): ExpressionProblem;
