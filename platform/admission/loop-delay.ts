import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const SAMPLE_MS = 200;

/** How long callbacks of this process wait for their turn, as of the last two fifths of a second. */
export class LoopDelay {
  /** Milliseconds; 0 while the process keeps up. */
  delayMs = 0;
  private last = 0;
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.histogram.enable();
    this.timer = setInterval(() => this.sample(), SAMPLE_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.histogram.disable();
  }

  private sample(): void {
    // Nothing was measured when the loop was held throughout; the next sample has it.
    const { mean } = this.histogram;
    if (Number.isFinite(mean)) {
      const measured = Math.max(0, mean / 1e6 - RESOLUTION_MS);
      // One long task, such as loading code, is no overload.
      this.delayMs = Math.min(this.last, measured);
      this.last = measured;
    }
    this.histogram.reset();
  }
}
