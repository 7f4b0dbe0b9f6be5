import { NO_CLIENT, type Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { createSecretBox, createKeyRing } from '@flowmesh/platform/secrets';
import { createHttpServer } from '@flowmesh/platform/server';
import { ENCRYPTION_KEY, silent, subgraphUnderTest, type SubgraphProcess } from '@flowmesh/platform/subgraph-testing';
import { signedInAs } from '@flowmesh/platform/testing';
import type { Channel, ChannelSettings } from '../adapters/channel-adapter.ts';
import { ChannelSecrets } from '../adapters/channel-secrets.ts';
import { createSubgraph, type Substitutes } from '../subgraph.ts';

/** Where callbacks of providers are said to go. */
export const PUBLIC_URL = 'https://flowmesh.test';

export const MEMBER_SCOPES = ['notification:read', 'notification:send'];

/** Somebody who may name any recipient. */
export const userOf = (userId: string, ...extra: string[]): Viewer =>
  memberOf(userId, 'notification:send-anywhere', ...extra);

export const memberOf = (userId: string, ...extra: string[]): Viewer =>
  signedInAs(userId, [...MEMBER_SCOPES, ...extra]);

export type NotificationProcess = SubgraphProcess & {
  /** Of its plain HTTP routes. */
  readonly url: string;
};

export interface NewProvider {
  readonly channel: Channel;
  readonly provider: string;
  readonly settings?: ChannelSettings;
  readonly position?: number;
  readonly rateLimitPerMinute?: number;
  readonly recipientRateLimitPerMinute?: number | null;
}

export type NotificationUnderTest = Awaited<ReturnType<typeof prepareNotifications>>;

/** Notifications whose providers may be on this machine. */
export async function prepareNotifications() {
  const tested = await subgraphUnderTest('notification', { env: { ALLOW_PRIVATE_ADDRESSES: '127.0.0.1', PUBLIC_URL } });
  const { pool } = tested;
  const secrets = new ChannelSecrets(createSecretBox(createKeyRing(ENCRYPTION_KEY)));
  return {
    pool,
    /** With its workers, unless told otherwise. */
    async process(substitutes: Substitutes = {}, { worker } = { worker: true }): Promise<NotificationProcess> {
      let url = '';
      const started = await tested.process(async (platform) => {
        const subgraph = createSubgraph(platform, { api: true, worker }, substitutes);
        const routes = createHttpServer({ logger: silent, metrics: platform.metrics });
        subgraph.registerRoutes?.(routes, () => NO_CLIENT);
        url = await routes.listen({ host: '127.0.0.1', port: 0 });
        platform.lifecycle.onStop('routes', () => routes.close());
        return subgraph;
      });
      return Object.assign(started, { url });
    },
    /** Configures a provider of a channel; its id. Limits are far away unless given. */
    async provider(given: NewProvider): Promise<string> {
      const { channel, provider, settings, position = 0, rateLimitPerMinute = 100_000, ...limits } = given;
      const id = newId();
      await pool.query(
        `insert into channel_configs (id, channel, provider, name, config, position, rate_limit_per_minute,
           recipient_rate_limit_per_minute) values ($1, $2::channel, $3, $1, $4, $5, $6, $7)`,
        [
          id,
          channel,
          provider,
          settings ? secrets.seal(id, settings) : null,
          position,
          rateLimitPerMinute,
          limits.recipientRateLimitPerMinute ?? null,
        ],
      );
      return id;
    },
    stop: () => tested.stop(),
  };
}
