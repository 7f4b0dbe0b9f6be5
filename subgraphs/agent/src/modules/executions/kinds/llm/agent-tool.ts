import type { JSONSchema7 } from 'ai';

/** What a model can have done. */
export interface AgentTool {
  /** As the model knows it: letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JSONSchema7;
  /** How long a call may take; 0: it takes no time of its own, and is bounded by the attempt. */
  readonly timeoutMs: number;
  /** Doing it again under the same key is no harm, also when it is not known what came of it. */
  readonly isRepeatable: boolean;
  /**
   * Does it. `key` is the same for the same input in each attempt of the execution. Throws `ToolFailure` for what the model
   * should be told.
   */
  run(input: unknown, call: { readonly key: string; readonly signal: AbortSignal }): Promise<unknown>;
}

/** A call of a tool that failed: the model is told, and goes on. */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message.slice(0, 2_000));
  }
}

/** What a model is told of an answer, in characters of JSON. */
export const MOST_ANSWER_CHARACTERS = 20_000;

/** An answer as the model gets it: the beginning of a long one. */
export function toldAnswer(value: unknown): unknown {
  const text = JSON.stringify(value ?? null);
  if (text.length <= MOST_ANSWER_CHARACTERS) return value ?? null;
  const note = `cut off: ${text.length} characters`;
  return { beginning: text.slice(0, MOST_ANSWER_CHARACTERS - 200), note };
}

/** A name that models accept. */
export const toolName = (text: string): string => text.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 64) || 'tool';
