import { isOutage } from '../errors/index.ts';
import { warnSeldom, withLogContext, type Logger, type WarnSeldom } from '../logging/index.ts';
import type { StoredEvent } from './types.ts';
import { growing, Waking } from './waking.ts';

/** What a bus offers to its durable consumers. Positions are the bus's own, in ascending order. */
export interface ConsumerSource {
  /** Becomes the one process that runs `group`, and gives its stored position; undefined when another one is. */
  claim(group: string): Promise<string | undefined>;
  /** False as soon as the claim is known to be lost. */
  holds(group: string): boolean;
  /** Events of these types behind `position`; `end` is how far was looked. */
  read(position: string, types: readonly string[], limit: number): Promise<ConsumerPage>;
  /** Stores the position; false when another process has moved it or runs the group now. */
  advance(group: string, from: string, to: string): Promise<boolean>;
  /** Seconds since the first event of these types was published that lies behind the stored position; 0 without one. */
  behindSeconds(group: string, types: readonly string[]): Promise<number>;
  /** Ends the claim of this process, if it has one; it counts as ended also when this fails. */
  release(group: string): Promise<void>;
}

export interface ConsumerPage {
  readonly events: readonly { readonly event: StoredEvent; readonly position: string }[];
  readonly end: string;
}

export interface ConsumerOptions {
  readonly group: string;
  readonly types: readonly string[];
  readonly handler: (event: StoredEvent) => Promise<void>;
  readonly source: ConsumerSource;
  readonly logger: Logger;
}

const PAGE = 100;
/** Interval for polling for events, and for trying to claim the group. */
const IDLE_MS = 1_000;
/** The position is stored at least this often; events after it are delivered again after a crash. */
const STORE_EVERY_MS = 250;
const STORE_SKIPPED_EVERY_MS = 10_000;

/** Runs one group in this process whenever no other process does, until stopped. */
export class Consumer {
  private readonly waking = new Waking();
  private readonly stopWaking = new Waking();
  private readonly running: Promise<void>;
  private readonly warnOfLoss: WarnSeldom;
  private readonly warnOfOutage: WarnSeldom;
  private stopping = false;
  private stored = '';
  private storedAt = 0;
  private position = '';
  /** Consecutive failures. */
  private failures = 0;

  constructor(private readonly options: ConsumerOptions) {
    this.warnOfLoss = warnSeldom(options.logger, 'consumer lost the event bus');
    this.warnOfOutage = warnSeldom(options.logger, 'consumer waits for what it depends on');
    this.running = this.run();
  }

  get group(): string {
    return this.options.group;
  }

  hears(types: readonly string[]): boolean {
    return types.some((type) => this.options.types.includes(type));
  }

  behindSeconds(): Promise<number> {
    return this.options.source.behindSeconds(this.options.group, this.options.types);
  }

  /** Something was published. */
  wake(): void {
    this.waking.wake();
  }

  /** Waits for the handler that is running, then lets another process take over. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.stopWaking.wake();
    this.waking.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    const { group } = this.options;
    while (!this.stopping) {
      try {
        if (!(await this.runWhileHeld())) await this.stopWaking.wait(IDLE_MS);
      } catch (error) {
        const wait = growing(this.failures++, 100, 5_000);
        if (!this.stopping) this.warnOfLoss({ err: error, group, retryInMs: wait });
        await this.stopWaking.wait(wait);
      }
    }
  }

  /**
   * Claims the group and handles its events until the claim is lost or the bus fails; false when another process has the
   * claim. The claim is always released at the end: otherwise no process, including this one, could claim the group.
   */
  private async runWhileHeld(): Promise<boolean> {
    const { group, source, logger } = this.options;
    try {
      const position = await source.claim(group);
      if (position === undefined) return false;
      this.position = this.stored = position;
      this.storedAt = Date.now();
      while (!this.stopping && source.holds(group)) {
        this.waking.clear();
        if (!(await this.turn())) break;
        this.failures = 0;
      }
      return true;
    } finally {
      await source.release(group).catch((error: unknown) => {
        logger.debug({ err: error, group }, 'consumer could not be released; it becomes free by itself');
      });
    }
  }

  /** One page; false when this process is not to go on. */
  private async turn(): Promise<boolean> {
    const { source, types } = this.options;
    const page = await source.read(this.position, types, PAGE);
    for (const { event, position } of page.events) {
      if (!(await this.handle(event))) {
        await this.store();
        return false;
      }
      this.position = position;
      if (Date.now() - this.storedAt > STORE_EVERY_MS && !(await this.store())) return false;
    }
    const moved = page.end !== this.position || page.events.length > 0;
    this.position = page.end;
    const overdue = Date.now() - this.storedAt > STORE_SKIPPED_EVERY_MS;
    if ((page.events.length > 0 || overdue) && !(await this.store())) return false;
    if (!moved) await this.waking.wait(IDLE_MS);
    return true;
  }

  /** Retries the handler until it succeeds; false when stopping, or when the claim was lost meanwhile. */
  private async handle(event: StoredEvent): Promise<boolean> {
    const { group, source, logger, handler } = this.options;
    for (let failures = 0; !this.stopping && source.holds(group); failures++) {
      try {
        await withLogContext({ requestId: event.requestId ?? event.id }, () => handler(event));
        return true;
      } catch (error) {
        const wait = growing(failures, 200, 30_000);
        const fields = { err: error, group, eventId: event.id, type: event.type, retryInMs: wait };
        if (isOutage(error)) this.warnOfOutage(fields);
        else logger.error(fields, 'consumer failed');
        if (!(await this.store())) return false;
        await this.stopWaking.wait(wait);
      }
    }
    return false;
  }

  private async store(): Promise<boolean> {
    if (this.position !== this.stored) {
      if (!(await this.options.source.advance(this.options.group, this.stored, this.position))) return false;
      this.stored = this.position;
    }
    this.storedAt = Date.now();
    return true;
  }
}
