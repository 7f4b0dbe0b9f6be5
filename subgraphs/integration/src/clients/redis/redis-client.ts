import type { ClientHost, HostedCall } from '../../client-host/client-host.ts';
import type { IntegrationClient, Settings } from '../integration-client.ts';
import { redisConfiguration, type RedisConfiguration } from './redis-configuration.ts';
import { redisFailure } from './redis-failure.ts';
import { REDIS_OPERATIONS } from './redis-operations.ts';

/** Servers of Redis: keys and texts below a prefix. */
export function createRedisClient(host: ClientHost): IntegrationClient<RedisConfiguration> {
  const run = (
    { configuration, credentials, owner }: Settings<RedisConfiguration>,
    { name, input }: { readonly name: string; readonly input: unknown },
    call: Pick<HostedCall, 'urgent' | 'repeatable' | 'signal'>,
  ) =>
    host.run(
      { type: 'REDIS', configuration, password: credentials['password'] ?? null, operation: name, input },
      { owner, ...call, serverFailure: redisFailure },
    );

  return {
    type: 'REDIS',
    title: 'Redis',
    description: 'A server of Redis or Valkey: keys and texts below a prefix, with times to live.',
    configuration: redisConfiguration,
    credentials: { password: 'Password, where the server asks for one.' },
    operations: REDIS_OPERATIONS,
    problemsOf: (configuration) => host.problemsOf('REDIS', configuration),
    wantedCredentials: () => ({ required: [], optional: ['password'] }),
    destination: ({ host: name, port, user, tls }) => [name.toLowerCase(), port, user, tls],
    sentForms: () => [],
    test: async (settings, signal) =>
      void (await run(settings, { name: 'ping', input: null }, { urgent: false, repeatable: true, signal })),
    call: (settings, { operation: { name, repeatable }, input }, signal) =>
      run(settings, { name, input }, { urgent: true, repeatable, signal }),
  };
}
