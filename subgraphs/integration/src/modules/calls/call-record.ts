export type CallOutcome = 'SUCCEEDED' | 'CACHED' | 'FAILED' | 'REFUSED';

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
