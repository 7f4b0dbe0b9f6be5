import type { Options } from './command-line.ts';
import type { FileProblem } from './files/document.ts';

/** What a command is given. */
export interface CommandContext {
  readonly subjects: readonly string[];
  readonly options: Options;
  readonly env: NodeJS.ProcessEnv;
  /** Writes the result of the command: standard output. */
  say(line: string): void;
  /** Writes what is not its result: standard error. */
  note(line: string): void;
}

/** One line each, as compilers do, so that editors find the place. */
export function tell({ note }: CommandContext, problems: readonly FileProblem[]): void {
  for (const { at, message } of problems) note(`${at}: ${message}`);
}
