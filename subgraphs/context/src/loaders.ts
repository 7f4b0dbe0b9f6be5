import type { Viewer } from '@flowmesh/platform/access';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import { forbidden } from '@flowmesh/platform/errors';
import { perArguments } from '@flowmesh/platform/loaders';
import DataLoader from 'dataloader';
import type { Services } from './services.ts';
import type { ContextRecord, JsonObject } from './modules/contexts/context-record.ts';
import type { LayerDataKey, LayerRecord } from './modules/layers/layer-record.ts';
import type { ShareRecord } from './modules/sharing/share-store.ts';
import type { VersionRecord } from './modules/versions/version-record.ts';

/** Batched reads of one operation; each knows its viewer, and gives null for what the viewer may not see. */
export interface Loaders {
  readonly contexts: DataLoader<string, ContextRecord | null>;
  readonly layers: DataLoader<string, LayerRecord | null>;
  /** As they are, of a context that the viewer may see. */
  readonly layersOfContext: DataLoader<string, readonly LayerRecord[]>;
  readonly layerData: DataLoader<LayerDataKey, JsonObject, string>;
  readonly shares: DataLoader<ContextRecord, readonly ShareRecord[] | null, string>;
  /** One version each, of a context that the viewer may see. */
  readonly versions: DataLoader<VersionKey, VersionRecord | null, string>;
  /** Of versions that the viewer has seen; fails when the right to see their context has been taken away since. */
  readonly contextsOfVersions: { readonly load: (contextId: string) => Promise<ContextRecord> };
  readonly versionsOfContext: (args: PageArguments) => DataLoader<string, Connection<VersionRecord>>;
}

interface VersionKey {
  readonly contextId: string;
  readonly version: number;
}

const options = { maxBatchSize: 500 };

export function createLoaders(viewer: Viewer, { contexts, layerStore, shares, versions }: Services): Loaders {
  const visible = new DataLoader((ids: readonly string[]) => contexts.visible(viewer, ids), options);
  return {
    contexts: visible,
    layers: new DataLoader(async (ids) => {
      const found = new Map((await layerStore.findMany(ids)).map((layer) => [layer.id, layer]));
      return Promise.all(
        ids.map(async (id) => {
          const layer = found.get(id);
          return layer && (await visible.load(layer.contextId)) ? layer : null;
        }),
      );
    }, options),
    layersOfContext: new DataLoader(async (ids) => {
      const layers = await layerStore.current(ids);
      return ids.map((id) => layers.filter(({ contextId }) => contextId === id));
    }, options),
    layerData: new DataLoader((keys) => layerStore.dataOf(keys), {
      ...options,
      cacheKeyFn: ({ id, version }) => `${id}:${version}`,
    }),
    shares: new DataLoader((records) => shares.sharesOf(records), { ...options, cacheKeyFn: ({ id }) => id }),
    versions: new DataLoader(
      async (keys) => {
        const found = await versions.findMany(keys);
        return Promise.all(
          keys.map(async ({ contextId }, index) => ((await visible.load(contextId)) && found[index]) || null),
        );
      },
      { ...options, cacheKeyFn: ({ contextId, version }) => `${contextId}:${version}` },
    ),
    contextsOfVersions: {
      load: async (contextId) => {
        const context = await visible.load(contextId);
        if (!context) throw forbidden('You may not see this context any more.');
        return context;
      },
    },
    versionsOfContext: perArguments((args) => new DataLoader((ids) => versions.listsOf(ids, args), options)),
  };
}
