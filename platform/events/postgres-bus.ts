import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import { checkDatabase, createPool, removeInBatches } from '../database/index.ts';
import type { Logger } from '../logging/index.ts';
import type { ConsumerPage, ConsumerSource } from './consumer.ts';
import { Consumers } from './consumers.ts';
import { decodeEvent, encodeEvent } from './event-json.ts';
import { gaugeOf } from './event-metrics.ts';
import { Listeners } from './listeners.ts';
import { prepareBusSchema } from './postgres-bus-schema.ts';
import { PostgresBusSession } from './postgres-bus-session.ts';
import type { EventBus, StoredEvent } from './types.ts';

export interface PostgresBusOptions {
  readonly url: string;
  readonly logger: Logger;
  readonly metrics?: Registry | undefined;
  /** Published events are kept this long for consumers that are behind. */
  readonly retentionDays?: number | undefined;
}

const PAGE = 500;
const PRUNE_EVERY_MS = 60_000;

/** The bus in a table of the platform database; NOTIFY wakes the processes, with a number only. */
export class PostgresBus implements EventBus {
  private readonly listeners: Listeners;
  private readonly consumers: Consumers;
  private readonly session: PostgresBusSession;
  private readonly source: ConsumerSource;
  /** Number of the last event the listeners of this process were told of, and of the newest known. */
  private told = 0;
  private newest = 0;
  private draining: Promise<void> | undefined;
  private drainFailed = false;
  private prunedAt = -Infinity;
  private pruning: Promise<void> | undefined;
  private readonly closing = new AbortController();

  static async open(options: PostgresBusOptions): Promise<PostgresBus> {
    const { url, logger } = options;
    const pool = createPool(url, { max: 4, applicationName: 'flowmesh-bus', queryTimeoutMs: 5_000, logger });
    const bus = new PostgresBus(pool, options);
    try {
      await prepareBusSchema(pool);
      bus.told = bus.newest = await bus.session.start();
    } catch (error) {
      await pool.end();
      throw error;
    }
    bus.measure();
    return bus;
  }

  private constructor(
    private readonly pool: Pool,
    private readonly options: PostgresBusOptions,
  ) {
    this.listeners = new Listeners(options.logger);
    this.consumers = new Consumers();
    this.session = new PostgresBusSession(
      options.url,
      { onPublished: (newest, types) => this.onPublished(newest, types) },
      options.logger,
    );
    this.source = postgresConsumerSource(pool, this.session);
  }

  private measure(): void {
    const { metrics } = this.options;
    this.consumers.measure(metrics);
    gaugeOf(metrics, 'events_listeners', 'Listeners on the event bus in this process.', () => this.listeners.size);
  }

  async publish(events: readonly StoredEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.pool.query('select bus.publish($1::jsonb)', [`[${events.map(encodeEvent).join(',')}]`]);
  }

  listen(handler: (event: StoredEvent) => void): () => void {
    // What was published while nobody listened is of no interest.
    if (this.listeners.size === 0 && !this.draining) this.told = this.newest;
    return this.listeners.add(handler);
  }

  consume(
    group: string,
    types: readonly string[],
    handler: (event: StoredEvent) => Promise<void>,
  ): Promise<{ stop(): Promise<void> }> {
    const { logger } = this.options;
    return Promise.resolve(this.consumers.start({ group, types, handler, source: this.source, logger }));
  }

  behindSeconds(group: string): Promise<number> {
    return this.consumers.behindSeconds(group);
  }

  async check(): Promise<void> {
    if (!this.session.connected) throw new Error('the connection that listens to the event bus is lost');
    await checkDatabase(this.pool);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closing.abort();
    this.listeners.clear();
    await this.consumers.stop();
    await this.session.close();
    await Promise.all([this.draining, this.pruning]);
    await this.pool.end();
  }

  private get closed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Called with every heartbeat too. */
  private onPublished(newest: number, types?: readonly string[]): void {
    if (!this.pruning && !this.closed && performance.now() - this.prunedAt > PRUNE_EVERY_MS) {
      this.prunedAt = performance.now();
      this.pruning = this.prune().finally(() => (this.pruning = undefined));
    }
    if (newest > this.newest) {
      this.newest = newest;
      this.consumers.wake(types);
    }
    if (this.told < this.newest && this.listeners.size > 0) this.drain();
  }

  private drain(): void {
    this.draining ??= this.tellNew().finally(() => {
      this.draining = undefined;
      if (this.drainFailed) return;
      // Announced after the last look.
      if (this.told < this.newest && this.listeners.size > 0) this.drain();
    });
  }

  /** Tells the listeners everything up to the newest, one page read per burst and process. */
  private async tellNew(): Promise<void> {
    this.drainFailed = false;
    while (this.told < this.newest && this.listeners.size > 0) {
      const announced = this.newest;
      try {
        const { rows } = await this.pool.query<{ id: string; event: unknown }>(
          `select id::text, event from bus.bus_events b where b.id > $1 order by b.id limit ${PAGE}`,
          [this.told],
        );
        for (const row of rows) {
          this.told = Number(row.id);
          this.listeners.tell(decodeEvent(row.event));
        }
        // Announced, but removed already.
        if (rows.length === 0) this.told = announced;
      } catch (error) {
        // The session's next heartbeat tries again.
        this.drainFailed = true;
        if (!this.closed) this.options.logger.warn({ err: error }, 'events of the bus could not be read');
        return;
      }
    }
  }

  private async prune(): Promise<void> {
    const { retentionDays = 3 } = this.options;
    const remove = async (limit: number) => {
      const { rowCount } = await this.pool.query(
        `delete from bus.bus_events b
         using (select id, published_at from bus.bus_events order by id limit $2) oldest
         where b.id = oldest.id and oldest.published_at < now() - make_interval(days => $1)`,
        [retentionDays, limit],
      );
      return rowCount ?? 0;
    };
    try {
      await removeInBatches({ remove, signal: this.closing.signal });
    } catch (error) {
      if (!this.closed) this.options.logger.warn({ err: error }, 'old events could not be removed from the bus');
    }
  }
}

function postgresConsumerSource(pool: Pool, session: PostgresBusSession): ConsumerSource {
  return {
    holds: (group) => session.holds(group),
    release: (group) => session.release(group),

    async claim(group) {
      if (!(await session.claim(group))) return undefined;
      await pool.query('insert into bus.consumers (name) values ($1) on conflict (name) do nothing', [group]);
      const { rows } = await pool.query<{ position: string }>(
        'select position::text from bus.consumers where name = $1',
        [group],
      );
      return rows[0]?.position ?? '0';
    },

    async read(position, types, limit): Promise<ConsumerPage> {
      const { rows } = await pool.query<{ head: string; id: string | null; event: unknown }>(
        `with head as (select coalesce(max(id), 0) as id from bus.bus_events)
         select head.id::text as head, e.id::text, e.event
         from head left join lateral (
           select b.id, b.event from bus.bus_events b
           where b.id > $1 and b.id <= head.id and b.type = any($2::text[])
           order by b.id
           limit $3
         ) e on true
         order by e.id`,
        [position, types, limit],
      );
      const events = rows.flatMap((row) =>
        row.id === null ? [] : [{ event: decodeEvent(row.event), position: row.id }],
      );
      const head = Number(rows[0]?.head ?? 0);
      const last = events.at(-1)?.position;
      const end = events.length === limit && last ? last : String(Math.max(head, Number(position)));
      return { events, end };
    },

    async behindSeconds(group, types) {
      const { rows } = await pool.query<{ seconds: number }>(
        `select extract(epoch from clock_timestamp() - b.published_at)::float8 as seconds
         from bus.bus_events b
         where b.id > coalesce((select position from bus.consumers where name = $1), 0) and b.type = any($2::text[])
         order by b.id
         limit 1`,
        [group, types],
      );
      return rows[0]?.seconds ?? 0;
    },

    async advance(group, from, to) {
      const { rowCount } = await pool.query(
        'update bus.consumers set position = $3, updated_at = clock_timestamp() where name = $1 and position = $2',
        [group, from, to],
      );
      return rowCount === 1;
    },
  };
}
