import type { Redis } from 'ioredis';
import type { Logger } from '../logging/index.ts';
import { decodeEvent } from './event-json.ts';
import { isBefore, STREAM_START } from './redis-stream-id.ts';
import type { StoredEvent } from './types.ts';
import { growing, Waking } from './waking.ts';

export interface StreamReaderOptions {
  /** For commands; the reader opens a connection of its own beside it, because waiting blocks one. */
  readonly redis: Redis;
  readonly stream: string;
  readonly logger: Logger;
  readonly onEvents: (events: readonly StoredEvent[]) => void;
}

const BLOCK_MS = 2_000;
const PAGE = 500;

/**
 * Follows the stream from its end on. Goes on where it was after a lost connection, and from the beginning when the
 * stream was emptied and its ids went backwards.
 */
export class RedisStreamReader {
  private readonly connection: Redis;
  private readonly waking = new Waking();
  private position = STREAM_START;
  private stopped = false;
  private running: Promise<void> | undefined;

  constructor(private readonly options: StreamReaderOptions) {
    this.connection = options.redis.duplicate({ lazyConnect: true, commandTimeout: BLOCK_MS + 5_000 });
    this.connection.on('error', (error: Error) => options.logger.debug({ err: error }, 'event bus: Redis'));
  }

  /** Connects and notes the end of the stream; rejects when Redis cannot be reached. */
  async start(): Promise<void> {
    try {
      await this.connection.connect();
      this.position = (await this.lastId()) ?? STREAM_START;
    } catch (error) {
      this.connection.disconnect();
      throw error;
    }
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.waking.wake();
    this.connection.disconnect();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopped) {
      try {
        await this.readOnce();
        if (failures > 0) this.options.logger.info('event bus connected again');
        failures = 0;
      } catch (error) {
        if (this.stopped) return;
        if (failures === 0) this.options.logger.warn({ err: error }, 'event bus connection lost');
        // A connection that says nothing any more is given up; the client then makes a new one.
        if (this.connection.status === 'ready') this.connection.disconnect(true);
        await this.waking.wait(growing(failures++, 50, 2_000));
      }
    }
  }

  private async readOnce(): Promise<void> {
    const { stream, onEvents } = this.options;
    const reply = await this.connection.xread('COUNT', PAGE, 'BLOCK', BLOCK_MS, 'STREAMS', stream, this.position);
    const entries = reply?.[0]?.[1] ?? [];
    const last = entries.at(-1)?.[0];
    if (last !== undefined) {
      this.position = last;
      onEvents(entries.map(([, fields]) => decodeEvent(fields[1])));
      return;
    }
    const newest = await this.lastId();
    if (newest !== undefined && isBefore(newest, this.position)) this.position = STREAM_START;
  }

  private async lastId(): Promise<string | undefined> {
    const [newest] = await this.connection.xrevrange(this.options.stream, '+', '-', 'COUNT', 1);
    return newest?.[0];
  }
}
