import type { ExpressionProblem, Reference } from './expression-error.ts';

export type ReadJsonata =
  | { readonly problem: ExpressionProblem; readonly references: readonly Reference[] }
  | {
      readonly problem: null;
      readonly references: readonly Reference[];
      /** Of the syntax tree. */
      readonly nodes: number;
      /** Whether each of them takes time in proportion to what it handles at most. */
      readonly isLinear: boolean;
      /** Gives JSON text, or undefined for nothing. */
      evaluate(input: unknown): Promise<string | undefined>;
    };

export declare function readJsonata(text: string): ReadJsonata;
export declare function jsonataProblem(error: unknown): ExpressionProblem;
