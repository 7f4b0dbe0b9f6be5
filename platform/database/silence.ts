import { Client, type Pool, type PoolClient } from 'pg';
import { warnSeldom, type Logger } from '../logging/index.ts';

/** If a connection has not responded to a query for this long, the server may be unresponsive. */
const PATIENCE_MS = 2_000;
/** A server that does not even accept a connection in this time is unresponsive. */
const PROBE_MS = 1_500;
/** Statements may take long; the server is not asked again for so long once it has shown that it is there. */
const TRUST_MS = 2_000;
const LOOK_EVERY_MS = 500;
/** If the check itself is this late, this process was paused, and the result says nothing about the server. */
const LATE_MS = 500;

/**
 * Closes the connections of a pool when the server is unresponsive without closing them itself: its process is paused, or
 * the network is interrupted. A server that is only slow with a statement is distinguished by opening another connection.
 * Statements in progress fail with ETIMEDOUT, which is an outage; whether they were executed is unknown.
 */
export function giveUpSilent(
  pool: Pool,
  url: string,
  options: { readonly name: string; readonly logger?: Logger },
): void {
  const lines = new Map<PoolClient, Line>();
  const warn = warnSeldom(options.logger, 'the database is silent: connections to it are given up');
  let trustedUntil = 0;
  let asking = false;
  pool.on('connect', (client) => lines.set(client, new Line(client as unknown as Client)));
  pool.on('remove', (client) => lines.delete(client));

  const look = async () => {
    const now = performance.now();
    const suspects = [...lines.values()].filter((line) => line.silentFor(now) > PATIENCE_MS);
    if (suspects.length === 0 || now < trustedUntil) return;
    if (await answers(url)) {
      trustedUntil = performance.now() + TRUST_MS;
      return;
    }
    if (performance.now() - now > PROBE_MS + LATE_MS) return;
    const silent = suspects.filter((line) => line.silentFor(performance.now()) > PATIENCE_MS);
    for (const line of silent) line.giveUp();
    warn({ pool: options.name, connections: silent.length });
  };
  const timer = setInterval(() => {
    if (pool.ended) return clearInterval(timer);
    if (asking) return;
    asking = true;
    void look().finally(() => (asking = false));
  }, LOOK_EVERY_MS).unref();
}

/** What is known of one connection. */
class Line {
  private waitingSince: number | null = null;

  constructor(private readonly client: Client) {
    const { stream } = client.connection;
    const write = stream.write.bind(stream) as (...chunk: unknown[]) => boolean;
    stream.write = (...chunk: unknown[]) => {
      this.waitingSince ??= performance.now();
      return write(...chunk);
    };
    // Everything it was asked has been answered.
    client.on('drain', () => (this.waitingSince = null));
    stream.on('data', () => {
      if (this.waitingSince !== null) this.waitingSince = performance.now();
    });
  }

  silentFor(now: number): number {
    return this.waitingSince === null ? 0 : now - this.waitingSince;
  }

  giveUp(): void {
    this.client.connection.stream.destroy(
      Object.assign(new Error('The database does not answer.'), { code: 'ETIMEDOUT' }),
    );
  }
}

/** Whether the server says anything at all, if only that it has no room. */
async function answers(url: string): Promise<boolean> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: PROBE_MS,
    application_name: 'flowmesh-probe',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    return error instanceof Error && 'severity' in error;
  } finally {
    void client.end().catch(() => undefined);
  }
}
