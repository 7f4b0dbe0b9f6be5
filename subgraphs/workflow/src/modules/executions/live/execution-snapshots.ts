import { LRUCache } from 'lru-cache';
import type { ExecutionRecord } from '../execution-record.ts';
import type { ExecutionStore } from '../execution-store.ts';

interface Entry {
  state: ExecutionRecord | null;
  loading: Promise<void> | undefined;
}

/**
 * Executions with their steps, for subscribers. Read once for a burst of events, regardless of the number of waiting
 * subscribers.
 */
export class ExecutionSnapshots {
  private readonly entries = new LRUCache<string, Entry>({ max: 500, ttl: 10_000 });

  constructor(private readonly store: Pick<ExecutionStore, 'findWithSteps'>) {}

  /** State not older than event number `seq`; null when the execution is gone. */
  async atLeast(id: string, seq: number): Promise<ExecutionRecord | null> {
    const entry = this.entryOf(id);
    // At most twice: a reading that was under way may have begun before the event.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (entry.state && entry.state.eventSeq >= seq) return entry.state;
      entry.loading ??= this.load(id, entry);
      await entry.loading;
      if (!entry.state) return null;
    }
    return entry.state;
  }

  private entryOf(id: string): Entry {
    let entry = this.entries.get(id);
    if (!entry) this.entries.set(id, (entry = { state: null, loading: undefined }));
    return entry;
  }

  private async load(id: string, entry: Entry): Promise<void> {
    try {
      // After the events of this moment, so that one reading serves them all.
      await new Promise((resolve) => setImmediate(resolve));
      entry.state = await this.store.findWithSteps(id);
    } finally {
      entry.loading = undefined;
    }
  }
}
