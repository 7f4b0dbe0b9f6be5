import type { Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { turn } from '@flowmesh/platform/turns';
import { parseInput } from '@flowmesh/platform/validation';
import { suffices } from '../contexts/context-access.ts';
import { noContext, versionConflict } from '../contexts/context-failures.ts';
import type { ContextRecord } from '../contexts/context-record.ts';
import type { ContextStore } from '../contexts/context-store.ts';
import { isContext, NOTED, Refused, type ContextWriter } from '../contexts/context-writer.ts';
import { CHANGED_MEANWHILE, type WriteTurns } from '../contexts/write-turns.ts';
import type { DataChecks } from './data-checks.ts';
import { limitFailure } from './layer-failures.ts';
import { layerData, mergeShape, type CheckedMerge, type MergeLayerInput } from './layer-input.ts';
import { isSameLayer, type LayerStore } from './layer-store.ts';
import { mergePatch, replaceKeys } from './merge-layers.ts';
import type { VersionService } from '../versions/version-service.ts';
import type { MergeRecord, MergeStore } from './merge-store.ts';

export interface MergeServiceParts {
  readonly store: MergeStore;
  readonly layers: LayerStore;
  readonly contexts: ContextStore;
  readonly writer: ContextWriter;
  readonly turns: WriteTurns;
  readonly versions: Pick<VersionService, 'pinFor'>;
  readonly checks: DataChecks;
}

/** Merges data into the layer of a type, each key once. */
export class MergeService {
  constructor(private readonly parts: MergeServiceParts) {}

  async merge(viewer: Viewer, input: MergeLayerInput) {
    const parsed = parseInput(mergeShape, input);
    if (!parsed.ok) return parsed.error;
    const { store, checks, turns } = this.parts;
    const { contextId } = input;
    const context = await this.writable(viewer, contextId);
    if (!context) return noContext();
    const { idempotencyKey, mergePatch: patch, layerType, reason } = parsed.data;
    // A repeated call has its answer even where it would be refused by now.
    const known = idempotencyKey == null ? null : await store.find(contextId, idempotencyKey);
    if (known) {
      await this.parts.versions.pinFor(viewer, contextId, known.version);
      return this.done(known, context, false);
    }
    const texts = { mergePatch: patch, layerType, reason };
    const clean = await checks.inputWithoutSecrets(context.secretPolicy, texts, waitingViewer(viewer));
    if ('failure' in clean) return clean.failure;
    const given = { ...parsed.data, ...clean.data };
    try {
      return await turns.run(contextId, (hasTurn) => this.mergeOnce(viewer, contextId, given, hasTurn));
    } catch (error) {
      return limitFailure(error, 'mergePatch');
    }
  }

  private async mergeOnce(viewer: Viewer, contextId: string, given: CheckedMerge, hasTurn: boolean) {
    const { store, layers, checks, writer } = this.parts;
    const context = await this.writable(viewer, contextId);
    if (!context) return noContext();
    const { layerType, idempotencyKey: key, reason } = given;
    const layer = (await layers.current([contextId])).findLast((each) => each.layerType === layerType) ?? null;
    const { expectedVersion } = given;
    if (expectedVersion != null && expectedVersion !== (layer?.version ?? 0)) {
      return versionConflict('layer', context, layer?.version ?? 0, expectedVersion);
    }
    const [before = {}] = layer ? await layers.dataOf([layer]) : [];
    const merging = await (given.replace === true ? replaceKeys : mergePatch)(before, given.mergePatch);
    await turn();
    // What is merged may be a secret only with what is around it.
    const clean = await checks.withoutSecrets(context.secretPolicy, 'mergePatch', merging, waitingViewer(viewer));
    if ('failure' in clean) return clean.failure;
    const { data } = clean;
    await turn();
    const tooLarge = parseInput(layerData, data);
    if (!tooLarge.ok) return { ...tooLarge.error, fields: tooLarge.error.fields.map(atPatch) };
    const problem = await checks.ofType(context.ownerId, layerType, data, waitingViewer(viewer));
    if (problem) return { ...problem, fields: problem.fields.map(atPatch) };
    await turn();
    const values = layer ? { ...layer, data } : null;
    const isSame = layer && values && (await isSameLayer(layers, layer, values));
    const id = layer?.id ?? newId();
    let record: MergeRecord = { layerId: id, version: context.version };
    let merged = true;
    const write = { viewer, contextId, needs: 'WRITE', reason, hasTurn } as const;
    const outcome = await writer.write(write, async (tx, current) => {
      const known = key == null ? null : await store.find(contextId, key, tx);
      if (known) {
        [record, merged] = [known, false];
        return NOTED;
      }
      const now = await layers.highestOf(tx, contextId, layerType);
      if (now?.id !== layer?.id || now?.version !== layer?.version) return new Refused(CHANGED_MEANWHILE);
      const version = current.version + (isSame ? 0 : 1);
      record = { layerId: id, version };
      if (key != null) await store.keep(tx, contextId, key, record);
      if (isSame) return NOTED;
      const order = layer?.order ?? (await layers.nextOrder(tx, contextId));
      const added = { layerType, order, arrays: 'REPLACE', expiresAt: null, data } as const;
      await layers.put(tx, id, { contextId, version, language: current.language }, values ?? added);
      return { change: layer ? 'LAYER_UPDATED' : 'LAYER_ADDED', layerId: id };
    });
    if (!isContext(outcome)) return outcome;
    await this.parts.versions.pinFor(viewer, contextId, record.version);
    return this.done(record, outcome, merged);
  }

  private async writable(viewer: Viewer, contextId: string): Promise<ContextRecord | null> {
    const context = await this.parts.contexts.find(viewer, contextId);
    return context && suffices(context.access, 'WRITE') ? context : null;
  }

  private async done({ layerId, version }: MergeRecord, context: ContextRecord, merged: boolean) {
    const [layer = null] = await this.parts.layers.findMany([layerId]);
    return { __typename: 'MergeContextLayerSuccess' as const, layer, context, version, merged };
  }
}

/** What the merged data lacks is said of the patch. */
const atPatch = ({ path, message }: { readonly path: string; readonly message: string }) => ({
  path: path === '' ? 'mergePatch' : path.replace(/^(?:data\.?)?/, 'mergePatch.').replace(/\.$/, ''),
  message,
});
