import { serviceViewer, signedIn, type Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { parseInput, productId } from '@flowmesh/platform/validation';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { isContext, Refused, type ContextWriter } from '../contexts/context-writer.ts';
import type { LayerStore } from '../layers/layer-store.ts';
import type { ShareStore } from '../sharing/share-store.ts';
import type { ErasureStore, LayerVersionKey } from './erasure-store.ts';
import { RECEIPTS, type ReceiptListArguments } from './receipt-query.ts';
import type { receiptList } from './receipt-store.ts';
import { withoutSubject } from './without-subject.ts';

const AT_ONCE = 100;
const ERASER = serviceViewer('context', ['context:*']);

/** Any other text, e.g. `status`, would be erased as a value and a key wherever it stands. */
const shape = z.object({ userId: productId() });

export interface ErasureServiceParts {
  readonly pool: Pool;
  readonly store: ErasureStore;
  readonly receipts: ReturnType<typeof receiptList>;
  readonly layers: LayerStore;
  readonly shares: ShareStore;
  readonly writer: ContextWriter;
}

interface Named {
  readonly layers: number;
  readonly versions: number;
}

/** What is theirs alone. */
interface Own {
  readonly contexts: number;
  readonly shares: number;
}

/**
 * Erases what contexts have of a person. Each context is done in a transaction of its own; what was interrupted is done by
 * asking again. Counted is what this erasure has done, under the lock of each context: several at the same time share the work,
 * and their counts add up to what there was.
 */
export class ErasureService {
  constructor(private readonly parts: ErasureServiceParts) {}

  async erase(viewer: Viewer, input: { readonly userId: string; readonly dryRun?: boolean }) {
    const { userId: requestedBy } = signedIn(viewer);
    const parsed = parseInput(shape, input);
    if (!parsed.ok) return parsed.error;
    const { userId } = parsed.data;
    const { dryRun = true } = input;
    const { store } = this.parts;
    const receiptId = dryRun ? null : newId();
    if (receiptId !== null) await store.beginReceipt(receiptId, userId, requestedBy);
    const own = dryRun ? await store.countOwn(userId) : await this.removeOwn(userId);
    const erased = { ...own, ...(await this.inOthers(userId, dryRun)) };
    if (receiptId !== null) await store.completeReceipt(receiptId, erased);
    return { __typename: 'EraseSubjectSuccess' as const, dryRun, receiptId, ...erased };
  }

  /** What is kept of erasures, the latest first. */
  list(args: ReceiptListArguments) {
    return RECEIPTS.page(args, args.filter ?? {}, this.parts.receipts);
  }

  private async removeOwn(userId: string): Promise<Own> {
    const { store, shares, writer } = this.parts;
    const removed = { contexts: 0, shares: 0 };
    await inPages(
      (after) => store.ownContexts(userId, after, AT_ONCE),
      async (contextIds) => {
        for (const contextId of contextIds) {
          const outcome = await writer.write(writeOf(contextId), async () => ({ change: 'DELETED', forGood: true }));
          if (isContext(outcome)) removed.contexts += 1;
        }
      },
    );
    for (const contextId of await store.sharedWith(userId)) {
      const outcome = await writer.write(writeOf(contextId), async (tx) =>
        (await shares.remove(tx, contextId, 'USER', userId)) ? { change: 'UNSHARED' } : new Refused('gone' as const),
      );
      if (outcome !== 'gone' && isContext(outcome)) removed.shares += 1;
    }
    await store.removeTraces(userId);
    return removed;
  }

  private async inOthers(userId: string, dryRun: boolean): Promise<Named> {
    const { store, pool, writer } = this.parts;
    const sum = { layers: 0, versions: 0 };
    const eraseIn = async (contextId: string): Promise<Named | null> => {
      if (dryRun) return this.eraseFrom(pool, null, contextId, userId);
      let named: Named | null = null;
      const outcome = await writer.write(writeOf(contextId), async (tx, { version, language }) => {
        named = await this.eraseFrom(tx, { tx, version: version + 1, language }, contextId, userId);
        return named.versions > 0 ? { change: 'SUBJECT_ERASED' } : new Refused('unnamed' as const);
      });
      return outcome !== 'unnamed' && isContext(outcome) ? named : null;
    };
    await inPages(
      (after) => store.contextsOfOthers(userId, after, AT_ONCE),
      async (contextIds) => {
        for (const contextId of await store.naming(contextIds, userId)) {
          const named = await eraseIn(contextId);
          sum.layers += named?.layers ?? 0;
          sum.versions += named?.versions ?? 0;
        }
      },
    );
    return sum;
  }

  /** In every version: what was before the change is not to be read any more either. Without `to` it is only counted. */
  private async eraseFrom(
    on: Pick<Pool, 'query'>,
    to: { readonly tx: PoolClient; readonly version: number; readonly language: string } | null,
    contextId: string,
    userId: string,
  ): Promise<Named> {
    const { store, layers } = this.parts;
    const changed: LayerVersionKey[] = [];
    for (const key of await store.layerVersionsNaming(on, contextId, userId)) {
      const values = await layers.valuesAt(on, key.layerId, key.version);
      const data = values && withoutSubject(values.data, userId);
      if (!data || data === values.data) continue;
      changed.push(key);
      if (to) await store.setLayerData(to.tx, key, data);
      // A new version of the layer: who has read the earlier one and writes now is told so, and does not bring it back.
      if (to && key.isCurrent) await layers.put(to.tx, key.layerId, { contextId, ...to }, { ...values, data });
    }
    let metadataVersions = 0;
    for (const { version, metadata } of await store.metadataNaming(on, contextId, userId)) {
      const cleaned = withoutSubject(metadata, userId);
      if (cleaned === metadata) continue;
      if (version !== null) metadataVersions += 1;
      if (to) await store.setMetadata(to.tx, contextId, { version, metadata: cleaned });
    }
    const layersChanged = new Set(changed.map(({ layerId }) => layerId)).size;
    return { layers: layersChanged, versions: changed.length + metadataVersions };
  }
}

const writeOf = (contextId: string) =>
  ({ viewer: ERASER, contextId, needs: 'OWN', anyStatus: true, reason: 'A person was erased.' }) as const;

/** Works through ids in their order, so many at once. */
async function inPages(
  page: (after: string) => Promise<string[]>,
  work: (ids: readonly string[]) => Promise<void>,
): Promise<void> {
  for (let after = ''; ;) {
    const ids = await page(after);
    await work(ids);
    if (ids.length < AT_ONCE) return;
    after = ids.at(-1) ?? after;
  }
}
