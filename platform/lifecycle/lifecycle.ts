import { GraphQLError } from 'graphql';
import type { Logger } from '../logging/index.ts';

type StopHook = { readonly name: string; readonly stop: () => Promise<void> | void };

/** Order of stopping: whatever was added last stops first, each with a deadline. */
export class Lifecycle {
  private readonly hooks: StopHook[] = [];
  private stopping: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly logger: Logger,
    private readonly hookTimeoutMs = 10_000,
  ) {}

  /** Registers what must be stopped before everything registered earlier; at once when all the rest has stopped. */
  onStop(name: string, stop: StopHook['stop']): void {
    if (this.stopped) void this.run({ name, stop });
    else this.hooks.push({ name, stop });
  }

  get isStopping(): boolean {
    return this.stopping !== undefined;
  }

  /** Stops everything once; later calls wait for the same end. Never rejects: failures are logged. */
  stop(): Promise<void> {
    return (this.stopping ??= this.runHooks());
  }

  private async runHooks(): Promise<void> {
    for (let hook = this.hooks.pop(); hook; hook = this.hooks.pop()) await this.run(hook);
    this.stopped = true;
  }

  private async run(hook: StopHook): Promise<void> {
    const begun = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not stopped after ${this.hookTimeoutMs} ms`)), this.hookTimeoutMs);
    });
    try {
      await Promise.race([(async () => hook.stop())(), deadline]);
      this.logger.debug({ hook: hook.name, ms: Math.round(performance.now() - begun) }, 'stopped');
    } catch (error) {
      this.logger.error({ err: error, hook: hook.name }, 'stop failed');
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Signals within this time count as one, because Ctrl-C under npm sends two to the process. */
const SAME_WISH_MS = 1_000;

/**
 * Stops on SIGINT, SIGTERM and SIGHUP (a closed terminal) and then ends the process; another signal after a second ends
 * it at once.
 */
export function stopOnSignals(lifecycle: Lifecycle, logger: Logger, onStopping: () => void = () => undefined): void {
  let firstAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (firstAt !== undefined) {
        if (performance.now() - firstAt > SAME_WISH_MS) process.exit(130);
        return;
      }
      firstAt = performance.now();
      logger.info({ signal }, 'stopping');
      onStopping();
      void lifecycle.stop().then(() => process.exit(0));
    });
  }
}

/** After an uncaught error the state is undefined: logs it, stops everything, and exits with code 1. */
export function stopOnUncaughtErrors(lifecycle: Lifecycle, logger: Logger): void {
  const end = (err: unknown, kind: string) => {
    logger.fatal({ err }, kind);
    if (lifecycle.isStopping) return;
    void lifecycle.stop().then(() => process.exit(1));
  };
  process.on('uncaughtException', (error) => end(error, 'uncaught exception'));
  process.on('unhandledRejection', (reason) => {
    // graphql-js forgets the promises of a list one of whose items fails at once; the answer has that item's error.
    if (reason instanceof GraphQLError && reason.path) return;
    end(reason, 'unhandled rejection');
  });
}
