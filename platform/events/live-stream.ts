/**
 * A generator whose end does not have to wait for its next value: ending the stream aborts the signal the generator
 * waits with. (A generator alone takes `return()` only when it is asked for a value.)
 */
export function liveStream<T>(
  outer: AbortSignal | undefined,
  produce: (signal: AbortSignal) => AsyncGenerator<T, void>,
): AsyncIterableIterator<T> {
  const abort = new AbortController();
  const source = produce(outer ? AbortSignal.any([outer, abort.signal]) : abort.signal);
  const end = async (): Promise<IteratorResult<T>> => {
    abort.abort();
    await source.return();
    return { value: undefined, done: true };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => source.next(),
    return: end,
    async throw(error) {
      await end();
      throw error;
    },
  };
}
