interface Following {
  readonly signal: AbortSignal;
  /** After so long without an event the stream is left; null: never. */
  readonly quietMs: number | null;
  /** Whether it may be left already. */
  mayLeave(): boolean;
}

/** The events of a stream, until it ends, or has told nothing for too long. */
export async function* whileTold<Event>(
  open: (signal: AbortSignal) => AsyncIterable<Event>,
  { signal, quietMs, mayLeave }: Following,
): AsyncGenerator<Event> {
  if (quietMs === null) {
    yield* open(signal);
    return;
  }
  const left = new AbortController();
  const timer = setInterval(() => {
    if (mayLeave()) left.abort();
  }, quietMs);
  try {
    for await (const event of open(AbortSignal.any([signal, left.signal]))) {
      yield event;
      timer.refresh();
    }
  } catch (error) {
    if (signal.aborted || !left.signal.aborted) throw error;
  } finally {
    clearInterval(timer);
  }
}
