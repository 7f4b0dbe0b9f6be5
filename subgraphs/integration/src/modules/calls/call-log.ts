import { newId } from '@flowmesh/platform/ids';
import { warnSeldom, type Logger, type WarnSeldom } from '@flowmesh/platform/logging';
import type { CallBatch, LoggedCall } from './call-record.ts';
import type { CallStore } from './call-store.ts';

const EVERY_MS = 500;
/** After a failure of the database. */
const RETRY_MS = 2_000;
/** More are not counted: while the database is away, statistics must not fill the memory. */
const MOST_WAITING = 10_000;
/** A batch that could not be stored for so long is given up: its name is only known for so long. */
const MOST_AGE_MS = 3_600_000;

const LOSS = 'calls are missing in the statistics';

/**
 * Statistics are written behind the calls, in batches that are repeated until they are stored, each of them once. What a
 * process had not written when it died is lost.
 */
export class CallLog {
  private waiting: LoggedCall[] = [];
  /** Being stored, or to be stored again under the same name. */
  private batch: (CallBatch & { readonly begunAt: number }) | undefined;
  /** Since the process has begun. */
  private lost = 0;
  private lostTold = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;
  private readonly warn: WarnSeldom;
  private readonly warnOfLoss: WarnSeldom;

  constructor(
    private readonly store: Pick<CallStore, 'add'>,
    private readonly logger: Logger,
  ) {
    this.warn = warnSeldom(logger, 'statistics of calls could not be stored, which is tried again');
    this.warnOfLoss = warnSeldom(logger, LOSS);
  }

  add(call: LoggedCall): void {
    if (this.pending >= MOST_WAITING) this.lost += 1;
    else this.waiting.push(call);
    this.schedule(EVERY_MS);
  }

  /** Writes what is waiting, or what could not be written before. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
      if (this.pending > 0) this.schedule(this.batch ? RETRY_MS : EVERY_MS);
    });
    return this.writing;
  }

  /** Tries once more; what cannot be stored then is lost. */
  async stop(): Promise<void> {
    await this.writing;
    await this.flush();
    clearTimeout(this.timer);
    this.lost += this.pending;
    if (this.lost > this.lostTold) this.logger.warn({ lost: this.lost }, LOSS);
  }

  private get pending(): number {
    return this.waiting.length + (this.batch?.calls.length ?? 0);
  }

  private schedule(afterMs: number): void {
    this.timer ??= setTimeout(() => void this.flush(), afterMs).unref();
  }

  private tellLost(): void {
    if (this.lost > this.lostTold) this.warnOfLoss({ lost: this.lost });
    this.lostTold = this.lost;
  }

  private async write(): Promise<void> {
    if (this.batch && performance.now() - this.batch.begunAt > MOST_AGE_MS) {
      this.lost += this.batch.calls.length;
      this.batch = undefined;
    }
    if (!this.batch && this.waiting.length > 0) {
      this.batch = { id: newId(), calls: this.waiting, begunAt: performance.now() };
      this.waiting = [];
    }
    if (!this.batch) return;
    try {
      await this.store.add(this.batch);
      this.batch = undefined;
    } catch (error) {
      this.warn({ err: error, waiting: this.pending });
    }
    this.tellLost();
  }
}
