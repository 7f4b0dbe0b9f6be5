const SAMPLE_MS = 10;
const WINDOW_MS = 100;

/** Told about each window of about 100 ms: the longest turn of the event loop in it, and how long it was itself. */
export type OnWindow = (longestTurnMs: number, windowMs: number) => void;

/** Watches how long turns of the event loop take, by how late a timer is. Costs nothing while it is stopped. */
export class LoopTurns {
  private timer: NodeJS.Timeout | undefined;
  private sampledAt = 0;
  private windowBegan = 0;
  private longestMs = 0;

  constructor(private readonly onWindow: OnWindow) {}

  start(): void {
    if (this.timer) return;
    this.sampledAt = performance.now();
    this.windowBegan = this.sampledAt;
    this.longestMs = 0;
    this.timer = setInterval(() => this.sample(), SAMPLE_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private sample(): void {
    const now = performance.now();
    this.longestMs = Math.max(this.longestMs, now - this.sampledAt - SAMPLE_MS);
    this.sampledAt = now;
    const windowMs = now - this.windowBegan;
    if (windowMs < WINDOW_MS) return;
    const longest = this.longestMs;
    this.longestMs = 0;
    this.windowBegan = now;
    this.onWindow(longest, windowMs);
  }
}
