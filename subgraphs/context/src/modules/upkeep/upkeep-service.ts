import { serviceViewer, signedIn, type Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { id, parseInput } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { moveToBin } from '../contexts/context-changes.ts';
import { isContext, Refused, type ContextWriter } from '../contexts/context-writer.ts';
import type { LayerStore } from '../layers/layer-store.ts';
import { type Expired, type UpkeepStore, valuePattern } from './upkeep-store.ts';

const AT_ONCE = 100;
/** One request cleans up for so long; what is left goes by itself within a minute. */
const MOST_MS = 5_000;

/** Who does what is due, in the product's own name. */
export const UPKEEP = serviceViewer('context', ['context:*']);

const eraseShape = z.object({ userId: id() });

export interface UpkeepServiceParts {
  readonly store: UpkeepStore;
  readonly layers: LayerStore;
  readonly writer: ContextWriter;
}

/** Removes what has expired, and what a person wants erased. */
export class UpkeepService {
  constructor(private readonly parts: UpkeepServiceParts) {}

  /** What has expired among the contexts the viewer owns; with `dryRun` it is only counted. */
  async cleanUp(viewer: Viewer, dryRun = true) {
    const expired = dryRun ? await this.parts.store.count(viewer) : await this.removeExpired(viewer);
    return { __typename: 'CleanupContextsSuccess' as const, dryRun, ...expired };
  }

  /** One batch of everything that has expired; how much it was. */
  async removeSome(viewer: Viewer, limit: number): Promise<Expired> {
    const { store } = this.parts;
    const contexts = await store.expiredContexts(viewer, limit);
    let expiredContexts = 0;
    for (const contextId of contexts) if (await this.expireContext(contextId)) expiredContexts += 1;
    let expiredLayers = 0;
    for (const contextId of await store.contextsWithExpiredLayers(viewer, limit)) {
      expiredLayers += await this.expireLayers(contextId);
    }
    return { expiredContexts, expiredLayers, removedContexts: await store.removeFromBin(viewer, limit) };
  }

  async eraseSubject(viewer: Viewer, input: { readonly userId: string; readonly dryRun?: boolean }) {
    const { userId: requestedBy } = signedIn(viewer);
    const parsed = parseInput(eraseShape, input);
    if (!parsed.ok) return parsed.error;
    const { userId } = parsed.data;
    const { dryRun = true } = input;
    const { store } = this.parts;
    const own = dryRun ? await store.countOfSubject(userId) : await store.removeSubject(userId);
    const named = { layers: 0, versions: 0 };
    let after = '';
    for (;;) {
      const contextIds = await store.contextsNaming(userId, after, AT_ONCE);
      for (const contextId of contextIds) {
        const { layers, versions } = await store.countNaming(contextId, userId);
        if (!dryRun) await this.eraseIn(contextId, userId);
        named.layers += layers;
        named.versions += versions;
      }
      if (contextIds.length < AT_ONCE) break;
      after = contextIds.at(-1) ?? after;
    }
    const receiptId = dryRun ? null : newId();
    if (receiptId !== null) {
      await store.keepReceipt({ id: receiptId, subjectId: userId, requestedBy, contexts: own.contexts, ...named });
    }
    return { __typename: 'EraseSubjectSuccess' as const, dryRun, receiptId, ...own, ...named };
  }

  private async removeExpired(viewer: Viewer): Promise<Expired> {
    const sum = { expiredContexts: 0, expiredLayers: 0, removedContexts: 0 };
    const deadline = performance.now() + MOST_MS;
    while (performance.now() < deadline) {
      const done = await this.removeSome(viewer, AT_ONCE);
      sum.expiredContexts += done.expiredContexts;
      sum.expiredLayers += done.expiredLayers;
      sum.removedContexts += done.removedContexts;
      if (done.expiredContexts + done.expiredLayers + done.removedContexts === 0) break;
    }
    return sum;
  }

  private async expireContext(contextId: string): Promise<boolean> {
    const write = { viewer: UPKEEP, contextId, needs: 'OWN', anyStatus: true, reason: 'Its time was up.' } as const;
    const outcome = await this.parts.writer.write(write, async (tx, { expiresAt, status }) => {
      // Somebody may have given it more time, or deleted it, since it was found.
      if (status === 'DELETED' || expiresAt === null || expiresAt > new Date()) return new Refused('kept' as const);
      await moveToBin(tx, contextId);
      return { change: 'DELETED' };
    });
    return outcome !== 'kept' && isContext(outcome);
  }

  private async expireLayers(contextId: string): Promise<number> {
    const { layers, writer } = this.parts;
    let removed = 0;
    const write = { viewer: UPKEEP, contextId, needs: 'OWN', anyStatus: true, reason: 'Their time was up.' } as const;
    await writer.write(write, async (tx, { version }) => {
      const { rows } = await tx.query<{ id: string }>(
        'select id from context_layers where context_id = $1 and expires_at <= now()',
        [contextId],
      );
      if (rows.length === 0) return new Refused('kept' as const);
      removed = rows.length;
      await layers.remove(
        tx,
        contextId,
        version + 1,
        rows.map(({ id: layerId }) => layerId),
      );
      return { change: 'LAYER_EXPIRED' };
    });
    return removed;
  }

  /** In every version: what was there before the change is not to be read any more either. */
  private async eraseIn(contextId: string, userId: string): Promise<void> {
    const write = { viewer: UPKEEP, contextId, needs: 'OWN', anyStatus: true } as const;
    await this.parts.writer.write(write, async (tx) => {
      await tx.query(
        `update context_layer_versions set data = regexp_replace(data::text, $2, '\\1null', 'g')::jsonb
         where context_id = $1 and data::text ~ $2`,
        [contextId, valuePattern(userId)],
      );
      await tx.query(
        `update context_layers l set search_text = s.text, search = to_tsvector(c.language::regconfig, s.text)
         from contexts c, lateral (select array_to_string(array_remove(string_to_array(search_text, e'\\n'), $2), e'\\n') as text) s
         where l.context_id = $1 and c.id = l.context_id and l.search_text like '%' || $2 || '%'`,
        [contextId, userId],
      );
      return { change: 'SUBJECT_ERASED' };
    });
  }
}
