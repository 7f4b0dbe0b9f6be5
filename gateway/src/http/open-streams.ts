import type { ExecutionResult } from 'graphql';

interface Ended extends AsyncIterableIterator<ExecutionResult> {
  return(): Promise<IteratorResult<ExecutionResult>>;
}

/**
 * The streams of one socket. graphql-ws identifies an operation by the client's id. If the client reuses an id while
 * its operation is being prepared, graphql-ws loses the first operation and would never end it.
 */
export class OpenStreams {
  private readonly streams = new Set<Ended>();
  private over = false;

  get size(): number {
    return this.streams.size;
  }

  add(source: AsyncIterator<ExecutionResult>): AsyncIterableIterator<ExecutionResult> {
    const end = async (): Promise<IteratorResult<ExecutionResult>> => {
      if (this.streams.delete(stream)) await source.return?.();
      return { value: undefined, done: true };
    };
    const stream: Ended = {
      [Symbol.asyncIterator]: () => stream,
      next: async () => {
        const next = await source.next();
        if (next.done) this.streams.delete(stream);
        return next;
      },
      return: end,
    };
    this.streams.add(stream);
    // The socket was closed while the stream was being opened.
    if (this.over) void end();
    return stream;
  }

  /** Ends all open streams, and those opened later. */
  async end(): Promise<void> {
    this.over = true;
    await Promise.all([...this.streams].map((stream) => stream.return()));
  }
}
