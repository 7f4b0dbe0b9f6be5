import { openDomain } from '@flowmesh/platform/domain-runtime';
import { contextFactory, type CreateSubgraph } from '@flowmesh/platform/subgraph';
import { PrismaClient } from '@flowmesh/prisma/context';
import { resolvers } from './__generated__/resolvers.ts';
import type { Services } from './services.ts';
import { createLoaders } from './loaders.ts';
import { AccessCounter } from './modules/analytics/access-counter.ts';
import { AnalyticsService } from './modules/analytics/analytics-service.ts';
import { AnalyticsStore } from './modules/analytics/analytics-store.ts';
import { ContextService } from './modules/contexts/context-service.ts';
import { ContextStore } from './modules/contexts/context-store.ts';
import { ContextWriter } from './modules/contexts/context-writer.ts';
import { WriteTurns } from './modules/contexts/write-turns.ts';
import { createEmbeddings } from './modules/embeddings/embeddings.ts';
import { ErasureService } from './modules/erasure/erasure-service.ts';
import { ErasureStore } from './modules/erasure/erasure-store.ts';
import { receiptList } from './modules/erasure/receipt-store.ts';
import { LayerTypeService } from './modules/layer-types/layer-type-service.ts';
import { LayerTypeStore } from './modules/layer-types/layer-type-store.ts';
import { DataChecks } from './modules/layers/data-checks.ts';
import { LayerService } from './modules/layers/layer-service.ts';
import { LayerStore } from './modules/layers/layer-store.ts';
import { MergeService } from './modules/layers/merge-service.ts';
import { MergeStore } from './modules/layers/merge-store.ts';
import { Resolution } from './modules/layers/resolution.ts';
import { createSearch } from './modules/search/search.ts';
import { Grantees } from './modules/sharing/grantees.ts';
import { ShareService } from './modules/sharing/share-service.ts';
import { ShareStore } from './modules/sharing/share-store.ts';
import { createUpkeep } from './modules/upkeep/upkeep.ts';
import { VersionService } from './modules/versions/version-service.ts';
import { VersionStore } from './modules/versions/version-store.ts';

/** Settings → stores → services → schema. */
export const createSubgraph: CreateSubgraph = (platform, roles) => {
  const domain = openDomain(platform, roles, {
    name: 'context',
    connections: 16,
    prisma: (adapter) => new PrismaClient({ adapter }),
  });
  const { pool, prisma, log, bus, published, logger } = domain;
  const contexts = new ContextStore(pool);
  const layers = new LayerStore(pool);
  const versionStore = new VersionStore(pool);
  const layerTypes = new LayerTypeStore(prisma);
  const shares = new ShareStore(prisma);
  const writer = new ContextWriter(pool, published);
  const checks = new DataChecks(layerTypes);
  const turns = new WriteTurns(pool);
  const resolution = new Resolution(layers, versionStore);
  const versions = new VersionService({ store: versionStore, contexts, layers, resolution, writer, checks });
  const accesses = new AccessCounter(pool, logger);
  domain.always('counts of reads', accesses);
  const services: Services = {
    contexts: new ContextService({ pool, store: contexts, writer, layers, checks, published }),
    layers: new LayerService({ store: layers, contexts, writer, checks, turns }),
    merges: new MergeService({ store: new MergeStore(pool), layers, contexts, writer, checks, turns, versions }),
    layerStore: layers,
    resolution,
    layerTypes: new LayerTypeService(layerTypes),
    versions,
    shares: new ShareService({ store: shares, contexts, writer, grantees: new Grantees(domain.services, logger) }),
    search: createSearch(domain, createEmbeddings(domain)),
    upkeep: createUpkeep(domain, { layers, writer }),
    erasure: new ErasureService({
      pool,
      store: new ErasureStore(pool),
      receipts: receiptList(pool),
      layers,
      shares,
      writer,
    }),
    analytics: new AnalyticsService(new AnalyticsStore(pool)),
    accesses,
    log,
    bus,
  };

  return domain.subgraph({
    description: 'Contexts: shared, layered memory of agents and workflows.',
    resolvers,
    createContext: contextFactory(services, createLoaders),
  });
};
