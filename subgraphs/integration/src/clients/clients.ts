import type { GuardedConnect, GuardedHttp } from '@flowmesh/platform/http';
import { z } from 'zod';
import { createEmailClient } from './email/email-client.ts';
import { createHttpClient } from './http/http-client.ts';
import type { IntegrationClient, JsonSchema } from './integration-client.ts';
import { createSlackClient } from './slack/slack-client.ts';

export type IntegrationType = 'HTTP' | 'EMAIL' | 'SLACK';

export interface ClientParts {
  readonly http: GuardedHttp;
  /** For protocols other than HTTP. */
  readonly connect: GuardedConnect;
}

/** Settings were checked by the client that they are given to, so that here their type does not matter. */
export type AnyClient = IntegrationClient;

/** All types of integration. */
export class Clients {
  private readonly byType: ReadonlyMap<string, AnyClient>;

  constructor({ http, connect }: ClientParts) {
    const all = [
      createHttpClient(http),
      createEmailClient(http, connect),
      createSlackClient(http),
    ] as unknown as AnyClient[];
    this.byType = new Map(all.map((client) => [client.type, client]));
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map(async (client) => client.close?.()));
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
