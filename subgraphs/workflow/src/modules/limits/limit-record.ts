export type OnLimit = 'QUEUE' | 'REJECT' | 'CANCEL_OLDEST';

export interface Concurrency {
  readonly limit: number;
  /** JSONata over the input; null when the limit holds for all executions together. */
  readonly key: string | null;
  readonly onLimit: OnLimit;
}

export interface RateLimit {
  readonly limit: number;
  readonly perSeconds: number;
  readonly key: string | null;
}

/** For whoever starts executions of a workflow. */
export interface WorkflowLimits {
  readonly concurrency: Concurrency | null;
  readonly rateLimit: RateLimit | null;
}

/** Which of the limits an execution counts for: the values of their keys, empty where there are none. */
export interface LimitKeys {
  readonly concurrency: string;
  readonly rate: string;
  /** What is too much is to be refused. */
  readonly rejects?: boolean;
}

/** As many executions as may run do so. */
export interface LimitReached {
  readonly limit: number;
  /** For which the limit holds; null when it holds for all executions together. */
  readonly key: string | null;
  readonly running: number;
}

/** Of the error of an execution that a limit has ended. */
export const CONCURRENCY_LIMIT = 'CONCURRENCY_LIMIT';
