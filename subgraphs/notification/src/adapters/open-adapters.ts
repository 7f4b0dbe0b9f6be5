import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { createAdapters, type AdapterParts } from './adapters.ts';
import type { ChannelAdapter } from './channel-adapter.ts';

/** Adapters by the name of their provider: those to the outside, and others, which take the place of one of the same name. */
export function openAdapters(
  domain: OpenDomain,
  parts: AdapterParts,
  others: readonly ChannelAdapter[],
): ReadonlyMap<string, ChannelAdapter> {
  const all = [...createAdapters(parts), ...others];
  domain.onStop('channels', async () => {
    for (const adapter of all) await adapter.close?.();
  });
  return new Map(all.map((adapter) => [adapter.provider, adapter]));
}
