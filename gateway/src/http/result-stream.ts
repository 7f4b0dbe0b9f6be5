import { Readable } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import type { StreamForm } from './stream-forms.ts';

/** Interval of heartbeats in an idle stream. */
const BEAT_MS = 12_000;
/** If the client reads nothing for this many heartbeats, it is gone, whatever TCP reports. */
const STALLED_BEATS = 3;
/** The next result is requested while fewer bytes than this wait for the client. */
const WAITING_BYTES = 64 * 1024;

/**
 * The results of one operation as the body of a response. The next result is requested when the previous one was read,
 * so a slow client buffers one message; a client that reads nothing for half a minute is disconnected. The source ends
 * with the body at any time, also before its first result and while one is pending.
 */
export class ResultStream<Result = ExecutionResult> extends Readable {
  private readonly timer: NodeJS.Timeout;
  private asking = false;
  private stalled = 0;

  constructor(
    private readonly results: AsyncIterator<Result>,
    private readonly form: StreamForm<Result>,
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
    this.next().catch((error: Error) => this.destroy(error));
  }

  private async next(): Promise<void> {
    const { done, value } = await this.results.next();
    const part = done || this.destroyed ? this.form.end : await this.form.result(value);
    this.asking = false;
    if (this.destroyed) return;
    this.push(part);
    if (done) this.push(null);
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
