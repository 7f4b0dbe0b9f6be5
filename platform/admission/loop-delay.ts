const SAMPLE_MS = 100;

/** How long callbacks of this process wait for their turn: how late a timer of its own is, twice in a row. */
export class LoopDelay {
  /** Milliseconds; 0 while the process keeps up. */
  delayMs = 0;
  private last = 0;
  private sampledAt = performance.now();
  private readonly timer: NodeJS.Timeout = setInterval(() => this.sample(), SAMPLE_MS).unref();

  stop(): void {
    clearInterval(this.timer);
  }

  private sample(): void {
    const now = performance.now();
    const late = Math.max(0, now - this.sampledAt - SAMPLE_MS);
    // One long task, such as loading code, is no overload.
    this.delayMs = Math.min(this.last, late);
    this.last = late;
    this.sampledAt = now;
  }
}
