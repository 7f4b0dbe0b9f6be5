/**
 * The outcome of `work`, or the signal's reason as soon as it aborts, for work that does not look at the signal itself; a
 * later outcome is ignored.
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  const reasonOf = () => (signal.reason instanceof Error ? signal.reason : new Error('The call was aborted.'));
  const watching = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(reasonOf());
    signal.addEventListener('abort', () => reject(reasonOf()), { once: true, signal: watching.signal });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    watching.abort();
  }
}
