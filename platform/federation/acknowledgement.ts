import type { ExecutionResult } from 'graphql';

/*
 * graphql-ws has no message that confirms a subscription, and one that continues after a cursor may have no events for
 * hours. Between our own processes, the first message of a stream is a confirmation, if it was requested.
 */

/** Extension of a request for a stream that asks for it. */
export const ACKNOWLEDGE = { acknowledge: true } as const;

export const asksForAcknowledgement = (extensions: Readonly<Record<string, unknown>> | null | undefined): boolean =>
  extensions?.acknowledge === true;

const ACKNOWLEDGEMENT: ExecutionResult = { data: null, extensions: { acknowledged: true } };

export function isAcknowledgement(message: unknown): boolean {
  return (message as ExecutionResult | undefined)?.extensions?.acknowledged === true;
}

/** The same stream, with an acknowledgement in front. */
export function acknowledged(stream: AsyncIterableIterator<ExecutionResult>): AsyncIterableIterator<ExecutionResult> {
  let said = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (said) return stream.next();
      said = true;
      return Promise.resolve({ value: ACKNOWLEDGEMENT, done: false });
    },
    return: async () => (await stream.return?.()) ?? { value: undefined, done: true },
  };
}
