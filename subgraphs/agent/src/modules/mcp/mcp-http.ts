import { GuardedHttpError } from '@flowmesh/platform/http';

/** A server may end a stream and answer in another one; without ids of events, nothing more comes after its end. */
const EVENT_ID = /(^|\n)id:/;
/** What was read last may still be on its way to the reader of the answer. */
const LATE_MS = 1_000;

interface Stream {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Called when the answer that the stream was to bring cannot come any more. */
  readonly lost: (error: Error) => void;
}

/** Passes the stream on, and tells when it has ended for good: the SDK waits for its time limit instead. */
function watched({ body, lost }: Stream): ReadableStream<Uint8Array<ArrayBuffer>> {
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
        if (!resumable) setTimeout(() => lost(error), LATE_MS).unref();
      } catch (error) {
        if (!resumable) lost(error as Error);
        controller.error(error);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

const isRequest = ({ body }: RequestInit): boolean => typeof body === 'string' && /"id":/.test(body);

/** `fetch` for an MCP client. `lost` is called when a request will get no answer. */
export const createMcpFetch =
  (fetch: typeof globalThis.fetch, lost: (error: Error) => void) =>
  async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(url, init);
    const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
    if (init.method !== 'POST' || !isStream || !response.ok || !response.body || !isRequest(init)) return response;
    const { status, statusText, headers } = response;
    return new Response(watched({ body: response.body, lost }), { status, statusText, headers });
  };
