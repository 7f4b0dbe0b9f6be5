export type CallOutcome = 'SUCCEEDED' | 'CACHED' | 'FAILED' | 'REFUSED' | 'UNKNOWN';

/** What became of a call. */
export interface LoggedCall {
  readonly integrationId: string;
  readonly operation: string;
  readonly outcome: CallOutcome;
  readonly errorCode: string | null;
  readonly durationMs: number;
  readonly attempts: number;
  readonly at: Date;
}

/** Calls that are stored together, once, however often that is tried. */
export interface CallBatch {
  readonly id: string;
  readonly calls: readonly LoggedCall[];
}
