import { Client } from 'pg';
import { warnSeldom, type Logger, type WarnSeldom } from '../logging/index.ts';
import { CHANNEL } from './postgres-bus-schema.ts';
import { growing, Waking } from './waking.ts';

export interface SessionHooks {
  /** Something up to this number was published; of these types, where they are known. */
  readonly onPublished: (newest: number, types?: readonly string[]) => void;
}

const HEARTBEAT_MS = 5_000;
const QUERY_TIMEOUT_MS = 5_000;

/**
 * The single connection of this process that listens for notifications and holds the locks of its consumer groups. The
 * locks end with the session, so a process that dies releases its groups at once. Reconnects automatically; a heartbeat
 * detects a dead connection, and catches up on events published meanwhile.
 */
export class PostgresBusSession {
  private client: Client | undefined;
  private readonly groups = new Set<string>();
  private readonly claiming = new Set<string>();
  private readonly waking = new Waking();
  private closed = false;
  private running: Promise<void> | undefined;
  private readonly warnOfLoss: WarnSeldom;

  constructor(
    private readonly url: string,
    private readonly hooks: SessionHooks,
    private readonly logger: Logger,
  ) {
    this.warnOfLoss = warnSeldom(logger, 'event bus connection lost');
  }

  /** Connects for the first time, and gives the number of the newest event; rejects when that fails. */
  async start(): Promise<number> {
    await this.connect();
    const newest = await this.newest().catch((error: unknown) => {
      const client = this.client;
      this.lose();
      void client?.end().catch(() => undefined);
      throw error;
    });
    this.running = this.keepAlive();
    return newest;
  }

  get connected(): boolean {
    return this.client !== undefined;
  }

  holds(group: string): boolean {
    return this.groups.has(group);
  }

  /** Takes the lock of a group unless anybody has it, this process included. */
  async claim(group: string): Promise<boolean> {
    const client = this.client;
    if (!client) throw new Error('the connection to the event bus is lost');
    if (this.groups.has(group) || this.claiming.has(group)) return false;
    this.claiming.add(group);
    try {
      const { rows } = await client.query<{ taken: boolean }>(
        'select pg_try_advisory_lock(7032, hashtext($1)) as taken',
        [group],
      );
      const taken = rows[0]?.taken === true && client === this.client;
      if (taken) this.groups.add(group);
      return taken;
    } finally {
      this.claiming.delete(group);
    }
  }

  async release(group: string): Promise<void> {
    if (!this.groups.delete(group)) return;
    const client = this.client;
    try {
      await client?.query('select pg_advisory_unlock(7032, hashtext($1))', [group]);
    } catch (error) {
      // A lock that nobody works under must not outlive this: it ends with the connection.
      if (client && client === this.client) this.lose();
      void client?.end().catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.waking.wake();
    await this.running;
    const client = this.client;
    this.lose();
    await client?.end();
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.url,
      application_name: 'flowmesh-bus',
      keepAlive: true,
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      // Consumers and the heartbeat ask independently of each other.
      pipeline: true,
    });
    const lost = () => {
      if (this.client === client) this.lose();
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ payload }) => {
      const [newest, types] = (payload ?? '').split(' ');
      this.hooks.onPublished(Number(newest), types?.split(','));
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    this.client = client;
  }

  private lose(): void {
    this.client = undefined;
    this.groups.clear();
    this.waking.wake();
  }

  private async newest(): Promise<number> {
    const result = await this.client?.query<{ newest: string }>(
      'select coalesce(max(id), 0)::text as newest from bus.bus_events',
    );
    return Number(result?.rows[0]?.newest ?? 0);
  }

  private async keepAlive(): Promise<void> {
    let failures = 0;
    while (!this.closed) {
      try {
        if (!this.client) {
          await this.connect();
          this.logger.info('event bus connected again');
        }
        this.hooks.onPublished(await this.newest());
        failures = 0;
        this.waking.clear();
        if (this.client && !this.closed) await this.waking.wait(HEARTBEAT_MS);
      } catch (error) {
        if (this.closed) return;
        const dead = this.client;
        this.lose();
        this.waking.clear();
        void dead?.end().catch(() => undefined);
        const wait = growing(failures++, 50, 5_000);
        this.warnOfLoss({ err: error, retryInMs: wait });
        await this.waking.wait(wait);
      }
    }
  }
}
