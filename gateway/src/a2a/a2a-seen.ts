/** What became of a request within its handler, which the transports of the SDK do not tell. */
export class Seen {
  /** Whether the request was understood. */
  entered = false;
  /** What the handler has thrown. */
  error: unknown;
}

const isStream = (value: unknown): value is AsyncGenerator<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

async function* noting(stream: AsyncGenerator<unknown>, seen: Seen): AsyncGenerator<unknown> {
  try {
    yield* stream;
  } catch (error) {
    seen.error = error;
    throw error;
  }
}

async function noted(result: unknown, seen: Seen): Promise<unknown> {
  try {
    return await result;
  } catch (error) {
    seen.error = error;
    throw error;
  }
}

/** The handler, with each of its methods noted in `seen`; except `getAgentCard`, which transports call before they read a request. */
export function seenHandler<T extends object>(handler: T, seen: Seen): T {
  return new Proxy(handler, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        seen.entered ||= name !== 'getAgentCard';
        const result: unknown = Reflect.apply(method, target, args);
        return isStream(result) ? noting(result, seen) : noted(result, seen);
      };
    },
  });
}
