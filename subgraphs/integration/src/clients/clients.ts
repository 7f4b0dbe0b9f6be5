import type { GuardedConnect, GuardedHttp } from '@flowmesh/platform/http';
import { z } from 'zod';
import type { ClientHost } from '../client-host/client-host.ts';
import { createAuth0Client } from './auth0/auth0-client.ts';
import { createEmailClient } from './email/email-client.ts';
import { createHttpClient } from './http/http-client.ts';
import type { IntegrationClient, JsonSchema } from './integration-client.ts';
import { createPostgresqlClient } from './postgresql/postgresql-client.ts';
import { createRedisClient } from './redis/redis-client.ts';
import { createSlackClient } from './slack/slack-client.ts';
import { createStorageClient } from './storage/storage-client.ts';
import { createStripeClient } from './stripe/stripe-client.ts';

export type IntegrationType = 'HTTP' | 'POSTGRESQL' | 'REDIS' | 'EMAIL' | 'SLACK' | 'STORAGE' | 'STRIPE' | 'AUTH0';

export interface ClientParts {
  readonly http: GuardedHttp;
  /** For protocols other than HTTP. */
  readonly connect: GuardedConnect;
  /** For databases, whose clients run in processes of their own. */
  readonly host: ClientHost;
}

/** Settings were checked by the client that they are given to, so that here their type does not matter. */
export type AnyClient = IntegrationClient;

/** All types of integration. */
export class Clients {
  private readonly byType: ReadonlyMap<string, AnyClient>;

  constructor({ http, connect, host }: ClientParts) {
    const all = [
      createHttpClient(http),
      createPostgresqlClient(host),
      createRedisClient(host),
      createEmailClient(http, connect),
      createSlackClient(http),
      createStorageClient(http),
      createStripeClient(http),
      createAuth0Client(http),
    ] as unknown as AnyClient[];
    this.byType = new Map(all.map((client) => [client.type, client]));
  }

  get all(): AnyClient[] {
    return [...this.byType.values()];
  }

  /** Of a type that the schema knows. */
  of(type: string): AnyClient {
    const client = this.byType.get(type);
    if (!client) throw new Error(`There is no client for integrations of type ${type}.`);
    return client;
  }
}

/** What a form for the configuration is made of. */
export const configurationSchema = ({ configuration }: Pick<AnyClient, 'configuration'>): JsonSchema =>
  z.toJSONSchema(configuration, { io: 'input', unrepresentable: 'any' });

export const MAX_CREDENTIAL_CHARACTERS = 10_000;

/** What a form for the credentials is made of. Which of them are needed depends on the configuration. */
export const credentialsSchema = ({ credentials }: Pick<AnyClient, 'credentials'>): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(
    Object.entries(credentials).map(([name, description]) => [
      name,
      { type: 'string', minLength: 1, maxLength: MAX_CREDENTIAL_CHARACTERS, description, writeOnly: true },
    ]),
  ),
});
