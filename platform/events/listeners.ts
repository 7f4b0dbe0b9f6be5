import type { Logger } from '../logging/index.ts';
import type { StoredEvent } from './types.ts';

type Listener = (event: StoredEvent) => void;

/** Who is told of events in this process. One that throws is logged and does not keep the others from hearing. */
export class Listeners {
  private readonly listeners = new Set<Listener>();

  constructor(private readonly logger: Logger) {}

  get size(): number {
    return this.listeners.size;
  }

  add(listener: Listener): () => void {
    // A listener of its own for each call, so that adding a function twice and removing it once leaves one.
    const own: Listener = (event) => listener(event);
    this.listeners.add(own);
    return () => void this.listeners.delete(own);
  }

  tell(event: StoredEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch (error) {
        this.logger.error({ err: error, eventId: event.id }, 'an event listener failed');
      }
    }
  }

  clear(): void {
    this.listeners.clear();
  }
}
