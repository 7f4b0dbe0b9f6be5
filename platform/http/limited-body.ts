import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { GuardedHttpError } from './guarded-http-error.ts';

interface BodyLimits {
  readonly maxBytes: number;
  /** Aborted with the reason that the reader shall see. */
  readonly signal: AbortSignal;
  /** Called once, when the body has ended in whatever way. */
  readonly finish: () => void;
  readonly toError: (error: unknown) => GuardedHttpError;
}

/** Passes a body on until it is longer than allowed or its call is aborted; then it fails and the source is closed. */
export function limitBody(source: NodeReadableStream, limits: BodyLimits): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = source.getReader();
  let received = 0;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          limits.finish();
          return controller.close();
        }
        const bytes = value as Uint8Array<ArrayBuffer>;
        received += bytes.byteLength;
        if (received > limits.maxBytes) {
          throw new GuardedHttpError('TOO_LARGE', `The answer is larger than ${limits.maxBytes} bytes.`);
        }
        return controller.enqueue(bytes);
      } catch (error) {
        limits.finish();
        reader.cancel(error).catch(() => undefined);
        return controller.error(limits.signal.aborted ? limits.signal.reason : limits.toError(error));
      }
    },
    async cancel(reason) {
      limits.finish();
      await reader.cancel(reason).catch(() => undefined);
    },
  });
}
