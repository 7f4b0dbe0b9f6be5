/** Jobs are hints: the work must be stored before its job is added, and a sweeper adds lost jobs again. */
export interface QueueJob<T> {
  /** Adding an id that is waiting or running already changes nothing. */
  readonly id: string;
  readonly data: T;
  /** Not before this many milliseconds from now. */
  readonly delayMs?: number | undefined;
  /** 1 is the most urgent; the default comes after all numbered ones. */
  readonly priority?: number | undefined;
}

export interface Queue<T> {
  readonly name: string;
  /** Rejects when the queue has not accepted it within a quarter of a second; it may still be added later. */
  add(job: QueueJob<T>): Promise<void>;
  addBulk(jobs: readonly QueueJob<T>[]): Promise<void>;
  /** Removes a waiting or delayed job; false when it was running or no longer there. */
  remove(id: string): Promise<boolean>;
  counts(): Promise<{ waiting: number; delayed: number; active: number }>;
}

export interface QueueWorker {
  /** Takes no further jobs, waits for the running ones up to the deadline. */
  stop(deadlineMs?: number): Promise<void>;
}

export interface QueueSystem {
  readonly backend: 'postgres' | 'redis';
  queue<T>(name: string): Queue<T>;
  /**
   * Runs jobs. A job whose process dies comes again within about ten seconds; a job that throws is not repeated:
   * repeating is decided by the domain in its database. Log lines carry the job's request id.
   */
  worker<T>(
    name: string,
    options: { readonly concurrency: number },
    handler: (data: T, job: { readonly id: string; readonly signal: AbortSignal }) => Promise<void>,
  ): QueueWorker;
  /** Calls `task` every `everyMs` in exactly one of all processes at a time. Errors are logged, the next turn comes anyway. */
  repeat(name: string, everyMs: number, task: () => Promise<void>): QueueWorker;
  check(): Promise<void>;
  close(): Promise<void>;
}
