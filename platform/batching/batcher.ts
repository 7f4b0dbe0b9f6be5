interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatcherOptions<T, R> {
  /** Results in the order of the items. When it rejects, each item is tried alone. */
  readonly process: (items: readonly T[]) => Promise<readonly R[]>;
  /** Items of the same key are never in two batches at once. */
  readonly keyOf?: (item: T) => string;
  readonly maxItems: number;
  /** A batch ends with the item by which it has this size. */
  readonly size?: { readonly of: (item: T) => number; readonly most: number };
  readonly concurrency: number;
}

/**
 * Collects calls that arrive while a batch is running into the next batch: a single call starts at once, and under load
 * many calls share one transaction.
 */
export class Batcher<T, R> {
  private waiting: Waiting<T, R>[] = [];
  private readonly busy = new Set<string>();
  private running = 0;
  private scheduled = false;

  constructor(private readonly options: BatcherOptions<T, R>) {}

  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // After everything that is ready to be added in this turn of the event loop.
    setImmediate(() => {
      this.scheduled = false;
      while (this.running < this.options.concurrency) {
        const batch = this.take();
        if (batch.length === 0) break;
        void this.run(batch);
      }
    });
  }

  private take(): Waiting<T, R>[] {
    const { keyOf, maxItems, size } = this.options;
    let room = size?.most ?? 1;
    const taken: Waiting<T, R>[] = [];
    const left: Waiting<T, R>[] = [];
    for (const entry of this.waiting) {
      const blocked = taken.length >= maxItems || room <= 0 || (keyOf && this.busy.has(keyOf(entry.item)));
      (blocked ? left : taken).push(entry);
      if (!blocked && size) room -= size.of(entry.item);
    }
    this.waiting = left;
    return taken;
  }

  private async run(batch: readonly Waiting<T, R>[]): Promise<void> {
    const { keyOf } = this.options;
    const keys = keyOf ? batch.map(({ item }) => keyOf(item)) : [];
    for (const key of keys) this.busy.add(key);
    this.running += 1;
    try {
      await this.processAll(batch);
    } finally {
      this.running -= 1;
      for (const key of keys) this.busy.delete(key);
      if (this.waiting.length > 0) this.schedule();
    }
  }

  private async processAll(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.options.process(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index] as R));
    } catch (error) {
      const [only, ...others] = batch;
      if (others.length === 0) only?.reject(error);
      // One item may have caused the failure, which must not affect the others.
      else for (const entry of batch) await this.processAll([entry]);
    }
  }
}
