/** What the command tells whoever started it, as its exit code. */
export const EXIT = {
  /** Done; an execution that was waited for has COMPLETED. */
  done: 0,
  /** The execution has FAILED, or a file has problems. */
  failed: 1,
  /** The command line or a file cannot be understood. */
  usage: 2,
  /** The execution was CANCELLED. */
  cancelled: 3,
  /** The product refuses: not signed in, no permission, not found, a conflict. */
  refused: 4,
  /** The product cannot be reached, or the connection was lost. */
  away: 5,
  /** Interrupted by Ctrl-C; an execution goes on. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Something went wrong outside of this program: shown without a stack. */
export class CommandFailure extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode,
    /** `extensions.code` of the product's answer. */
    readonly code?: string,
  ) {
    super(message);
  }
}
