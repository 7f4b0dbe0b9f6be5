/** What a call takes at most. */
export interface MostOfCall {
  readonly tokens: number;
  /** Null when no price is known. */
  readonly costUsd: number | null;
  readonly milliseconds: number;
}
