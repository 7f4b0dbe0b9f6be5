export interface LiquidPart {
  readonly text: string;
  /** Values are escaped in HTML. */
  readonly html: boolean;
  /** Rendered around the part, which it finds as `content`. */
  readonly layout?: string | null;
}

export interface LiquidFailure {
  readonly code: 'SYNTAX' | 'RENDER' | 'LIMIT';
  readonly line?: number;
  /** Path of the variable that has no value. */
  readonly variable?: string;
  /** What to write where the variable may have no value. */
  readonly advice?: string;
}

export type LiquidProgram =
  { readonly inspect: string } | { readonly render: readonly LiquidPart[]; readonly strict: boolean };

/**
 * Gives JSON text: of `inspect` the paths that the text reads from its variables, of `render` the texts. `strict`: what is
 * printed must have a value, even if it is null. Throws an error with `details` (LiquidFailure).
 */
export function runLiquid(program: LiquidProgram, variables: object): string;
