import type { EventBus } from '@flowmesh/platform/events';
import { EXECUTION_EVENT, type ExecutionEventPayload } from './execution-events.ts';

/** Notifies waiters of the end of an execution. A signal may be lost, so waiters must also poll. */
export class ExecutionEnds {
  private readonly waiters = new Map<string, Set<() => void>>();
  private ignore: (() => void) | undefined;

  constructor(private readonly bus: EventBus) {}

  start(): void {
    this.ignore = this.bus.listen(({ type, domain, payload }) => {
      if (domain !== 'agent' || type !== EXECUTION_EVENT.executed) return;
      for (const wake of this.waiters.get((payload as ExecutionEventPayload).executionId) ?? []) wake();
    });
  }

  /** Listens from now on. `next(ms)` resolves at the signal or after so long; `close` when done. */
  watch(executionId: string, signal: AbortSignal | undefined) {
    let ended = false;
    let resolve: (() => void) | undefined;
    const wake = () => {
      ended = true;
      resolve?.();
    };
    const watchers = this.waiters.get(executionId) ?? new Set();
    this.waiters.set(executionId, watchers.add(wake));
    signal?.addEventListener('abort', wake, { once: true });
    return {
      next: async (ms: number): Promise<void> => {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((done) => {
          resolve = done;
          timer = setTimeout(done, ms);
          if (ended) done();
        });
        ended = false;
        clearTimeout(timer);
      },
      close: () => {
        signal?.removeEventListener('abort', wake);
        watchers.delete(wake);
        if (watchers.size === 0) this.waiters.delete(executionId);
      },
    };
  }

  stop(): void {
    this.ignore?.();
  }
}
