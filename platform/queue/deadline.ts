/** The queue did not answer in time. What was asked of it may or may not have happened. */
export class QueueUnavailableError extends Error {
  constructor(operation: string, waitedMs: number) {
    super(`The queue did not answer within ${waitedMs} ms (${operation}).`);
    this.name = 'QueueUnavailableError';
  }
}

/** The outcome of `work`, or `QueueUnavailableError` after `ms`; a later outcome is ignored. */
export async function withDeadline<T>(operation: string, ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new QueueUnavailableError(operation, ms)), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** True when `work` ended (well or not) within `ms`. Never rejects. */
export function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  return withDeadline('waiting for the end', ms, work).then(
    () => true,
    (error: unknown) => !(error instanceof QueueUnavailableError),
  );
}
