import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { ContextWriter } from '../contexts/context-writer.ts';
import type { LayerStore } from '../layers/layer-store.ts';
import { UPKEEP, UpkeepService } from './upkeep-service.ts';
import { thinningSettings } from './thinning-config.ts';
import { ThinningStore } from './thinning-store.ts';
import { UpkeepStore } from './upkeep-store.ts';

/** The upkeep of contexts, which goes on by itself once a minute. */
export function createUpkeep(
  domain: OpenDomain,
  { layers, writer }: { readonly layers: LayerStore; readonly writer: ContextWriter },
): UpkeepService {
  const { pool, config } = domain;
  const thinning = new ThinningStore(pool, config.settings.of(thinningSettings).keepAllDays);
  const upkeep = new UpkeepService({ store: new UpkeepStore(pool), thinning, layers, writer });
  domain.retain('contexts', async (limit) => {
    const { expiredContexts, expiredLayers, removedContexts } = await upkeep.removeSome(UPKEEP, limit);
    return expiredContexts + expiredLayers + removedContexts;
  });
  domain.retain('context-versions', (limit) => upkeep.thinSome(UPKEEP, limit).then(({ versions }) => versions));
  return upkeep;
}
