import { serviceViewer, type Viewer } from '@flowmesh/platform/access';
import type { PoolClient } from 'pg';
import { moveToBin } from '../contexts/context-changes.ts';
import type { ContextRecord } from '../contexts/context-record.ts';
import { isContext, Refused, type Changed, type ContextWriter } from '../contexts/context-writer.ts';
import type { LayerStore } from '../layers/layer-store.ts';
import type { Thinned, ThinningStore } from './thinning-store.ts';
import { BIN_DAYS, type Expired, type UpkeepStore } from './upkeep-store.ts';

const DAY_MS = 86_400_000;
const AT_ONCE = 100;
const BYTES_PER_MB = 1_000_000;
/** One request cleans up for so long; what is left goes by itself within a minute. */
const MOST_MS = 5_000;

/** Who does what is due, in the product's own name. */
export const UPKEEP = serviceViewer('context', ['context:*']);

const NOT_DUE = new Refused('not due' as const);

export interface UpkeepServiceParts {
  readonly store: UpkeepStore;
  readonly thinning: ThinningStore;
  readonly layers: LayerStore;
  readonly writer: ContextWriter;
}

/** Removes what has expired: layers for good, contexts to the bin, and out of it after a while; thins out old versions. */
export class UpkeepService {
  constructor(private readonly parts: UpkeepServiceParts) {}

  /** What has expired among the contexts the viewer owns; with `dryRun` it is only counted. */
  async cleanUp(viewer: Viewer, dryRun = true) {
    const { store, thinning } = this.parts;
    const deadline = performance.now() + MOST_MS;
    const expired = dryRun ? await store.count(viewer) : await this.removeAll(viewer, deadline);
    const { versions, bytes } = dryRun ? await thinning.count(viewer) : await this.thinAll(viewer, deadline);
    return {
      __typename: 'CleanupContextsSuccess' as const,
      dryRun,
      ...expired,
      thinnedVersions: versions,
      thinnedMb: bytes / BYTES_PER_MB,
    };
  }

  /** At most so many contexts, up to 1,000 versions of each. */
  async thinSome(viewer: Viewer, limit: number): Promise<Thinned & { readonly contexts: number }> {
    const { thinning } = this.parts;
    const sum = { contexts: 0, versions: 0, bytes: 0 };
    for (const id of await thinning.contexts(viewer, limit)) {
      const { versions, bytes } = await thinning.thin(id);
      sum.contexts += 1;
      sum.versions += versions;
      sum.bytes += bytes;
    }
    return sum;
  }

  /** At most so many contexts of each kind; how much it was. */
  async removeSome(viewer: Viewer, limit: number): Promise<Expired> {
    const { store } = this.parts;
    let [expiredContexts, expiredLayers, removedContexts] = [0, 0, 0];
    for (const id of await store.expiredContexts(viewer, limit)) expiredContexts += await this.expireContext(id);
    for (const id of await store.contextsWithExpiredLayers(viewer, limit)) expiredLayers += await this.expireLayers(id);
    for (const id of await store.contextsLongInBin(viewer, limit)) removedContexts += await this.removeFromBin(id);
    return { expiredContexts, expiredLayers, removedContexts };
  }

  private async thinAll(viewer: Viewer, deadline: number): Promise<Thinned> {
    const sum = { versions: 0, bytes: 0 };
    while (performance.now() < deadline) {
      const { contexts, versions, bytes } = await this.thinSome(viewer, AT_ONCE);
      sum.versions += versions;
      sum.bytes += bytes;
      if (contexts === 0) break;
    }
    return sum;
  }

  private async removeAll(viewer: Viewer, deadline: number): Promise<Expired> {
    const sum = { expiredContexts: 0, expiredLayers: 0, removedContexts: 0 };
    while (performance.now() < deadline) {
      const done = await this.removeSome(viewer, AT_ONCE);
      sum.expiredContexts += done.expiredContexts;
      sum.expiredLayers += done.expiredLayers;
      sum.removedContexts += done.removedContexts;
      if (done.expiredContexts + done.expiredLayers + done.removedContexts === 0) break;
    }
    return sum;
  }

  private expireContext(contextId: string): Promise<number> {
    return this.ifDue(contextId, 'Its time was up.', async (tx, { expiresAt, status }) => {
      if (status === 'DELETED' || expiresAt === null || expiresAt.getTime() > Date.now()) return NOT_DUE;
      await moveToBin(tx, contextId);
      return { change: 'DELETED' };
    });
  }

  private removeFromBin(contextId: string): Promise<number> {
    return this.ifDue(contextId, `It was in the bin for ${BIN_DAYS} days.`, async (_tx, { deletedAt }) => {
      if (deletedAt === null || deletedAt.getTime() > Date.now() - BIN_DAYS * DAY_MS) return NOT_DUE;
      return { change: 'DELETED', forGood: true };
    });
  }

  private async expireLayers(contextId: string): Promise<number> {
    const { layers } = this.parts;
    let removed = 0;
    await this.ifDue(contextId, 'Their time was up.', async (tx, { version }) => {
      const expired = await layers.expiredOf(tx, contextId);
      if (expired.length === 0) return NOT_DUE;
      await layers.remove(tx, contextId, version + 1, expired);
      removed = expired.length;
      return { change: 'LAYER_EXPIRED' };
    });
    return removed;
  }

  /** Looks again under the lock of the context: somebody may have given it more time since it was found. 1 when it was done. */
  private async ifDue(
    contextId: string,
    reason: string,
    work: (tx: PoolClient, context: ContextRecord) => Promise<Changed | typeof NOT_DUE>,
  ): Promise<number> {
    const write = { viewer: UPKEEP, contextId, needs: 'OWN', anyStatus: true, reason } as const;
    return isContext(await this.parts.writer.write(write, work)) ? 1 : 0;
  }
}
