import type { GuardedConnect } from '@flowmesh/platform/http';
import { requestDigest } from '@flowmesh/platform/idempotency';
import { InvalidCallInput, type IntegrationClient, type Settings } from '../integration-client.ts';
import { openSession, type GuardedSession } from './guarded-session.ts';
import {
  POSTGRESQL_OPERATIONS,
  postgresqlConfiguration,
  type PostgresqlConfiguration,
} from './postgresql-configuration.ts';
import { postgresqlFailure } from './postgresql-failure.ts';
import { SessionPool } from './session-pool.ts';
import { executeStatement, readRows, type Statement } from './statements.ts';

type PostgresqlSettings = Settings<PostgresqlConfiguration>;

/** Databases of PostgreSQL: reads, and writes where they are allowed. */
export function createPostgresqlClient(connect: GuardedConnect): IntegrationClient<PostgresqlConfiguration> {
  const pool = new SessionPool();

  async function withSession<T>(
    settings: PostgresqlSettings,
    signal: AbortSignal,
    work: (session: GuardedSession) => Promise<T>,
  ): Promise<T> {
    const key = requestDigest({ ...settings });
    let session = pool.take(key);
    let sent = false;
    // The server ends the statement at its time; nobody waits for it any longer.
    const onAbort = () => session?.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      session ??= await openSession(connect, settings);
      session.beginCall();
      sent = true;
      return await work(session);
    } catch (error) {
      throw error instanceof InvalidCallInput ? error : postgresqlFailure(session?.endedBy ?? error, sent);
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (session) pool.giveBack(key, session);
    }
  }

  return {
    type: 'POSTGRESQL',
    title: 'PostgreSQL',
    description: 'A database of PostgreSQL: parameterised queries, read-only unless writes are allowed.',
    configuration: postgresqlConfiguration,
    credentials: { password: 'Password of the user.' },
    operations: POSTGRESQL_OPERATIONS,
    problemsOf: () => [],
    wantedCredentials: () => ({ required: ['password'] }),
    destination: ({ host, port, user, tls }) => [host.toLowerCase(), port, user, tls === 'VERIFIED' ? 'verified' : tls],
    sentForms: () => [],
    test: (settings, signal) =>
      withSession(settings, signal, async ({ client }) => void (await client.query('select 1'))),

    call: (settings, { operation, input }, signal) => {
      const { configuration } = settings;
      const statement = input as Statement;
      if (operation.name === 'query') {
        return withSession(settings, signal, (session) => readRows(session, statement, configuration));
      }
      if (!configuration.allowWrites) {
        const message = 'is refused: the configuration does not allow writes';
        return Promise.reject(new InvalidCallInput([{ path: 'sql', message }]));
      }
      return withSession(settings, signal, (session) => executeStatement(session, statement, configuration));
    },
    close: async () => pool.close(),
  };
}
