import { Readable } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import type { StreamForm } from './stream-forms.ts';

/** How often something is written into a stream in which nothing happens. */
const BEAT_MS = 12_000;
/** So many beats may find that nothing was taken since the one before; then the client is gone, whatever TCP says. */
const STALLED_BEATS = 3;
/** Bytes that may wait for a client before the next result is asked for. */
const WAITING_BYTES = 64 * 1024;

/**
 * Results of one operation as the body of an answer. The next one is asked for when the one before was taken, so that
 * a client that reads slowly costs one message; a client that takes nothing for half a minute is cut. The source is
 * ended with the body, at whatever moment that is: also before its first result, and while one is awaited.
 */
export class ResultStream extends Readable {
  private readonly timer: NodeJS.Timeout;
  private asking = false;
  private stalled = 0;

  constructor(
    private readonly results: AsyncIterator<ExecutionResult>,
    private readonly form: StreamForm,
    beatMs = BEAT_MS,
  ) {
    super({ highWaterMark: WAITING_BYTES });
    this.timer = setInterval(() => this.beat(), beatMs).unref();
    this.push(form.start);
  }

  override _read(): void {
    this.stalled = 0;
    if (this.asking) return;
    this.asking = true;
    this.results.next().then(
      ({ done, value }) => {
        this.asking = false;
        if (this.destroyed) return;
        if (!done) {
          this.push(this.form.result(value));
          return;
        }
        this.push(this.form.end);
        this.push(null);
      },
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearInterval(this.timer);
    const ended = this.results.return?.() ?? Promise.resolve();
    ended.then(() => done(error), done);
  }

  private beat(): void {
    if (this.readableLength === 0) {
      this.stalled = 0;
      this.push(this.form.beat);
    } else if (++this.stalled >= STALLED_BEATS) this.destroy();
  }
}
