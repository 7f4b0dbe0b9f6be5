import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { ContextWriter } from '../contexts/context-writer.ts';
import type { LayerStore } from '../layers/layer-store.ts';
import { UPKEEP, UpkeepService } from './upkeep-service.ts';
import { UpkeepStore } from './upkeep-store.ts';

/** The upkeep of contexts, which goes on by itself once a minute. */
export function createUpkeep(
  domain: OpenDomain,
  { layers, writer }: { readonly layers: LayerStore; readonly writer: ContextWriter },
): UpkeepService {
  const upkeep = new UpkeepService({ store: new UpkeepStore(domain.pool), layers, writer });
  domain.retain('contexts', async (limit) => {
    const { expiredContexts, expiredLayers, removedContexts } = await upkeep.removeSome(UPKEEP, limit);
    return expiredContexts + expiredLayers + removedContexts;
  });
  return upkeep;
}
