import type { RequestId } from '@modelcontextprotocol/sdk/types.js';
import { GuardedHttpError } from '@flowmesh/platform/http';

/** A server may end a stream and answer in another one; without ids of events, nothing more comes after its end. */
const EVENT_ID = /(^|\n)id:/;
/** What was read last may still be on its way to the reader of the answer. */
const LATE_MS = 1_000;

interface Stream {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Called when nothing can come any more, and all that has come has been read. */
  readonly ended: (error: Error) => void;
}

/** Passes the stream on, and tells when it has ended for good: the SDK waits for its time limit instead. */
function watched({ body, ended }: Stream): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  const decoder = new TextDecoder('latin1');
  let tail = '\n';
  let resumable = false;
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          const text = tail + decoder.decode(value);
          resumable ||= EVENT_ID.test(text);
          tail = text.slice(-3);
          return controller.enqueue(value);
        }
        controller.close();
        const error = new GuardedHttpError('CONNECTION', 'The server has ended its answer before its result.');
        if (!resumable) setTimeout(() => ended(error), LATE_MS).unref();
      } catch (error) {
        if (!resumable) ended(error as Error);
        controller.error(error);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** The id of a request; undefined for a notification. */
function idOf({ body }: RequestInit): RequestId | undefined {
  const message: unknown = typeof body === 'string' ? JSON.parse(body) : null;
  return typeof message === 'object' && message !== null && 'id' in message ? (message.id as RequestId) : undefined;
}

/**
 * `fetch` for an MCP client. `ended` is called when a stream has ended in which the answer to a request was expected; it
 * may have come.
 */
export const createMcpFetch =
  (fetch: typeof globalThis.fetch, ended: (id: RequestId, error: Error) => void) =>
  async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(url, init);
    const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
    const id = idOf(init);
    if (!isStream || !response.ok || !response.body || id === undefined) return response;
    const { status, statusText, headers } = response;
    return new Response(watched({ body: response.body, ended: (error) => ended(id, error) }), {
      status,
      statusText,
      headers,
    });
  };
