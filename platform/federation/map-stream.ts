/** Applies `map` to each value as it is asked for; ending the result ends the source, also before its first value. */
export function mapStream<In, Out>(
  source: AsyncIterable<In>,
  map: (value: In) => Out | Promise<Out>,
): AsyncIterableIterator<Out> {
  const iterator = source[Symbol.asyncIterator]();
  const finish = async (): Promise<IteratorResult<Out>> => {
    await iterator.return?.();
    return { value: undefined, done: true };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const result = await iterator.next();
      return result.done ? { value: undefined, done: true } : { value: await map(result.value), done: false };
    },
    return: finish,
    async throw(error) {
      await finish();
      throw error;
    },
  };
}

/** The messages of a stream as the subscription field of this name gives them. */
export const underField = async <Name extends string, Message>(
  name: Name,
  stream: Promise<AsyncIterable<Message>>,
): Promise<AsyncIterableIterator<Record<Name, Message>>> =>
  mapStream(await stream, (message) => ({ [name]: message }) as Record<Name, Message>);
