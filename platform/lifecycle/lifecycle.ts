import type { Logger } from '../logging/index.ts';

type StopHook = { readonly name: string; readonly stop: () => Promise<void> | void };

/** Order of stopping: whatever was added last stops first, each with a deadline. */
export class Lifecycle {
  private readonly hooks: StopHook[] = [];
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly logger: Logger,
    private readonly hookTimeoutMs = 10_000,
  ) {}

  /** Registers what must be stopped before everything registered earlier. */
  onStop(name: string, stop: StopHook['stop']): void {
    this.hooks.push({ name, stop });
  }

  get isStopping(): boolean {
    return this.stopping !== undefined;
  }

  /** Stops everything once; later calls wait for the same end. Never rejects: failures are logged. */
  stop(): Promise<void> {
    return (this.stopping ??= this.runHooks());
  }

  private async runHooks(): Promise<void> {
    for (const hook of this.hooks.reverse()) {
      let timer: NodeJS.Timeout | undefined;
      const deadline = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`not stopped after ${this.hookTimeoutMs} ms`)), this.hookTimeoutMs);
      });
      try {
        await Promise.race([Promise.resolve(hook.stop()), deadline]);
      } catch (error) {
        this.logger.error({ err: error, hook: hook.name }, 'stop failed');
      } finally {
        clearTimeout(timer);
      }
    }
  }
}

/** Stops on SIGINT and SIGTERM and then ends the process; a second signal ends it at once. */
export function stopOnSignals(lifecycle: Lifecycle): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (lifecycle.isStopping) process.exit(130);
      void lifecycle.stop().then(() => process.exit(0));
    });
  }
}
