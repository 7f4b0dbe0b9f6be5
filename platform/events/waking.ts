/** A wait that can be ended early. A wake-up while nobody waits ends the next wait. */
export class Waking {
  private woken = false;
  private resume: (() => void) | undefined;

  wake(): void {
    this.woken = true;
    this.resume?.();
  }

  /** Discards earlier wake-ups; call it just before checking for what they announced. */
  clear(): void {
    this.woken = false;
  }

  /** Resolves after `ms`, or at once when woken. */
  async wait(ms: number): Promise<void> {
    if (this.woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.resume = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.resume = undefined;
  }
}

/** The next delay of an exponential backoff: doubles from `firstMs` up to `maxMs`. */
export const growing = (attempt: number, firstMs: number, maxMs: number): number =>
  Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 20));
