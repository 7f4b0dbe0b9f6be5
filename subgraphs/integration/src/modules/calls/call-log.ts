import { warnSeldom, type Logger, type WarnSeldom } from '@flowmesh/platform/logging';
import type { LoggedCall } from './call-record.ts';
import type { CallStore } from './call-store.ts';

const EVERY_MS = 500;
/** More in so short a time are not counted: a flood of refused calls must not become a flood of rows. */
const MOST_WAITING = 10_000;

/** Statistics are written behind the calls; what a process had not written when it died is lost. */
export class CallLog {
  private waiting: LoggedCall[] = [];
  private lost = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private readonly warn: WarnSeldom;

  constructor(
    private readonly store: Pick<CallStore, 'add'>,
    logger: Logger,
  ) {
    this.warn = warnSeldom(logger, 'statistics of calls could not be stored');
  }

  add(call: LoggedCall): void {
    if (this.waiting.length >= MOST_WAITING) this.lost += 1;
    else this.waiting.push(call);
    this.timer ??= setTimeout(() => void this.flush(), EVERY_MS).unref();
  }

  /** Writes what is waiting. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const [calls, lost] = [this.waiting, this.lost];
    this.waiting = [];
    this.lost = 0;
    if (lost > 0) this.warn({ lost });
    this.writing = this.writing.then(async () => {
      if (calls.length === 0) return;
      await this.store.add(calls).catch((error: unknown) => this.warn({ err: error, lost: calls.length }));
    });
    return this.writing;
  }

  stop(): Promise<void> {
    return this.flush();
  }
}
