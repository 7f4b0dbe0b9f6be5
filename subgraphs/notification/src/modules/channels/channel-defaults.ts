import { newWebhookSecret } from '@flowmesh/platform/http';
import { isDeepStrictEqual } from 'node:util';
import type { ProviderRecord } from './channel-record.ts';
import { ENVIRONMENT_PREFIX, WEBHOOK_DEFAULT_ID } from './channel-record.ts';
import { DEFAULT_POSITION, ENVIRONMENT_POSITION, type ChannelStore } from './channel-store.ts';
import type { EnvironmentProvider } from './environment-config.ts';
import { PROVIDER_CHANNELS } from './settings/catalog.ts';

export const DEFAULT_RATE_LIMIT = 60;

const limits = {
  isActive: true,
  integrationId: null,
  rateLimitPerMinute: DEFAULT_RATE_LIMIT,
  recipientRateLimitPerMinute: null,
};

/** Puts in place what the environment sets up, and what webhooks are signed with when nobody has configured them. */
export async function applyDefaults(store: ChannelStore, providers: readonly EnvironmentProvider[]): Promise<void> {
  const known = new Map((await store.all()).map((provider) => [provider.id, provider]));
  for (const provider of providers) await apply(store, provider, known);
  await store.keepEnvironment(providers.map(({ kind }) => idOf(kind)));
  if ([...known.values(), ...providers.map(({ kind }) => ({ channel: PROVIDER_CHANNELS[kind] }))].some(isWebhook))
    return;
  await store.create(
    { id: WEBHOOK_DEFAULT_ID, channel: 'WEBHOOK', name: 'default', position: DEFAULT_POSITION },
    { ...limits, provider: 'WEBHOOK', settings: { signingSecret: newWebhookSecret() } },
  );
}

const idOf = (kind: string) => `${ENVIRONMENT_PREFIX}${kind.toLowerCase()}`;
const isWebhook = ({ channel }: { readonly channel: string }) => channel === 'WEBHOOK';

/** Several processes may do this at the same time: they write the same. */
async function apply(
  store: ChannelStore,
  { kind, config, secrets }: EnvironmentProvider,
  known: ReadonlyMap<string, ProviderRecord>,
): Promise<void> {
  const id = idOf(kind);
  const settings = { ...config, ...secrets };
  const before = known.get(id);
  if (!before) {
    const place = { id, channel: PROVIDER_CHANNELS[kind], name: id, position: ENVIRONMENT_POSITION };
    await store.create(place, { ...limits, provider: kind, settings });
  } else if (!isDeepStrictEqual(before.settings, settings)) {
    await store.update(before, before.position, { ...before, settings });
  }
}
