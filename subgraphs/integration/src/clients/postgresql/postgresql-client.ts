import type { ClientHost, HostedCall } from '../../client-host/client-host.ts';
import { InvalidCallInput, type IntegrationClient, type Settings } from '../integration-client.ts';
import {
  POSTGRESQL_OPERATIONS,
  postgresqlConfiguration,
  type PostgresqlConfiguration,
} from './postgresql-configuration.ts';
import { postgresqlFailure } from './postgresql-failure.ts';

/** Databases of PostgreSQL: reads, and writes where they are allowed. */
export function createPostgresqlClient(host: ClientHost): IntegrationClient<PostgresqlConfiguration> {
  const run = (
    { configuration, credentials, owner }: Settings<PostgresqlConfiguration>,
    { name, input }: { readonly name: string; readonly input: unknown },
    call: Pick<HostedCall, 'urgent' | 'repeatable' | 'signal'>,
  ) =>
    host.run(
      { type: 'POSTGRESQL', configuration, password: credentials['password'] ?? '', operation: name, input },
      { owner, ...call, serverFailure: (failure) => postgresqlFailure(name, failure) },
    );

  return {
    type: 'POSTGRESQL',
    title: 'PostgreSQL',
    description: 'A database of PostgreSQL: parameterised queries, read-only unless writes are allowed.',
    configuration: postgresqlConfiguration,
    credentials: { password: 'Password of the user.' },
    operations: POSTGRESQL_OPERATIONS,
    problemsOf: (configuration) => host.problemsOf('POSTGRESQL', configuration),
    wantedCredentials: () => ({ required: ['password'] }),
    destination: ({ host: name, port, user, tls }) => [name.toLowerCase(), port, user, tls],
    sentForms: () => [],
    test: async (settings, signal) =>
      void (await run(settings, { name: 'ping', input: null }, { urgent: false, repeatable: true, signal })),
    call(settings, { operation: { name, readOnly, repeatable }, input }, signal) {
      if (!readOnly && !settings.configuration.allowWrites) {
        const message =
          'is refused: the configuration does not allow writes. Read with `query`, or set `allowWrites` in the configuration';
        return Promise.reject(new InvalidCallInput([{ path: 'sql', message }]));
      }
      return run(settings, { name, input }, { urgent: true, repeatable, signal });
    },
  };
}
