import type { ExpressionProblem, Reference } from './expression-error.ts';

export type ReadCel =
  | { readonly problem: ExpressionProblem; readonly references: readonly Reference[] }
  | {
      readonly problem: null;
      readonly type: string;
      readonly references: readonly Reference[];
      /** Of the syntax tree. */
      readonly nodes: number;
      /** Whether each of them takes time in proportion to what it handles at most. */
      readonly isLinear: boolean;
      evaluate(variables: object): Promise<unknown>;
    };

export declare function readCel(text: string): ReadCel;
