import type { Socket } from 'node:net';
import type { GuardedConnect } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';
import pg from 'pg';
import type { Settings } from '../integration-client.ts';
import type { PostgresqlConfiguration } from './postgresql-configuration.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** Of what the server sends within one call. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Times as the server writes them: a date has no time zone, and must not become a moment. */
const AS_TEXT = new Set<number>([
  pg.types.builtins.DATE,
  pg.types.builtins.TIMESTAMP,
  pg.types.builtins.TIMESTAMPTZ,
  pg.types.builtins.INTERVAL,
  pg.types.builtins.BYTEA,
]);

const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    AS_TEXT.has(oid) ? (value: unknown) => value : (pg.types.getTypeParser(oid, format as 'text') as unknown),
} as pg.CustomTypesConfig;

/**
 * One connection, over a socket that was opened by the rules for addresses. What the server sends is counted: an answer
 * that is too large ends the connection.
 */
export async function openSession(
  connect: GuardedConnect,
  { configuration, credentials }: Settings<PostgresqlConfiguration>,
): Promise<GuardedSession> {
  const { host, port, database, user, tls, statementTimeoutMs } = configuration;
  const socket = await connect({ host, port, timeoutMs: CONNECT_TIMEOUT_MS });
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password: credentials['password'] ?? '',
    ssl: tls === 'OFF' ? false : { rejectUnauthorized: tls === 'VERIFIED' },
    stream: () => connected(socket),
    application_name: 'flowmesh integration',
    statement_timeout: statementTimeoutMs,
    types,
  });
  const session = new GuardedSession(client, socket);
  try {
    await client.connect();
    await refuseProduct(client);
    return session;
  } catch (error) {
    session.destroy();
    throw error;
  }
}

/** `pg` wants to connect by itself; it is told at once that it has. */
function connected(socket: Socket): Socket {
  const connect = () => {
    setImmediate(() => socket.emit('connect'));
    return socket;
  };
  return Object.assign(socket, { connect });
}

/** The product's own databases are nobody's integration, whoever knows a password for them. */
async function refuseProduct(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ ours: boolean }>(
    `select to_regclass('public.outbox_positions') is not null or to_regclass('bus.bus_events') is not null as ours`,
  );
  if (!rows[0]?.ours) return;
  const message = 'This is a database of the product itself, which integrations cannot reach.';
  throw new CallError('BLOCKED_ADDRESS', message, { retryable: false, fault: false });
}

export class GuardedSession {
  private received = 0;
  private broken: Error | undefined;

  constructor(
    readonly client: pg.Client,
    private readonly socket: Socket,
  ) {
    client.on('error', (error) => (this.broken = error));
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.length;
      if (this.received <= MAX_ANSWER_BYTES) return;
      const message = `The answer is larger than ${MAX_ANSWER_BYTES / 1024 / 1024} MB.`;
      this.broken = new CallError('TOO_LARGE', message, { retryable: false, fault: false });
      socket.destroy(this.broken);
    });
  }

  /** Whether it can be used for another call. */
  get isGood(): boolean {
    return this.broken === undefined && !this.socket.destroyed;
  }

  /** Why it was ended, if it was ended here. */
  get endedBy(): Error | undefined {
    return this.broken;
  }

  /** Counts anew what is received. */
  beginCall(): void {
    this.received = 0;
  }

  destroy(): void {
    this.socket.destroy();
  }
}
