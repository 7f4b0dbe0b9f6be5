import type { EventBus, EventLog } from '@flowmesh/platform/events';
import type { AccessCounter } from './modules/analytics/access-counter.ts';
import type { AnalyticsService } from './modules/analytics/analytics-service.ts';
import type { ContextService } from './modules/contexts/context-service.ts';
import type { ErasureService } from './modules/erasure/erasure-service.ts';
import type { LayerTypeService } from './modules/layer-types/layer-type-service.ts';
import type { LayerService } from './modules/layers/layer-service.ts';
import type { MergeService } from './modules/layers/merge-service.ts';
import type { LayerStore } from './modules/layers/layer-store.ts';
import type { Resolution } from './modules/layers/resolution.ts';
import type { SearchService } from './modules/search/search-service.ts';
import type { ShareService } from './modules/sharing/share-service.ts';
import type { UpkeepService } from './modules/upkeep/upkeep-service.ts';
import type { VersionService } from './modules/versions/version-service.ts';

/** What resolvers reach. */
export interface Services {
  readonly contexts: ContextService;
  readonly layers: LayerService;
  readonly merges: MergeService;
  readonly layerStore: LayerStore;
  readonly resolution: Resolution;
  readonly layerTypes: LayerTypeService;
  readonly versions: VersionService;
  readonly shares: ShareService;
  readonly search: SearchService;
  readonly upkeep: UpkeepService;
  readonly erasure: ErasureService;
  readonly analytics: AnalyticsService;
  readonly accesses: AccessCounter;
  readonly log: EventLog;
  readonly bus: EventBus;
}
