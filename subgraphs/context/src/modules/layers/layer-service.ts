import type { Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { turn } from '@flowmesh/platform/turns';
import { parseInput, type InvalidInputFailure } from '@flowmesh/platform/validation';
import { suffices } from '../contexts/context-access.ts';
import { noContext, versionConflict } from '../contexts/context-failures.ts';
import type { ContextRecord, JsonObject } from '../contexts/context-record.ts';
import type { ContextStore } from '../contexts/context-store.ts';
import { isContext, Refused, unchanged, type ContextWriter } from '../contexts/context-writer.ts';
import { CHANGED_MEANWHILE, type WriteTurns } from '../contexts/write-turns.ts';
import type { DataChecks } from './data-checks.ts';
import { limitFailure, noLayer, patchFailed } from './layer-failures.ts';
import {
  addShape,
  layerData,
  patchShape,
  removeShape,
  updateShape,
  type AddLayerInput,
  type CheckedUpdate,
  type PatchLayerInput,
  type RemoveLayerInput,
  type UpdateLayerInput,
} from './layer-input.ts';
import type { LayerRecord, LayerValues } from './layer-record.ts';
import { isSameLayer, type LayerStore } from './layer-store.ts';
import { mergePatch } from './merge-layers.ts';
import { patchData, PatchProblem } from './patch-data.ts';

export interface LayerServiceParts {
  readonly store: LayerStore;
  readonly contexts: ContextStore;
  readonly writer: ContextWriter;
  readonly turns: WriteTurns;
  readonly checks: DataChecks;
}

interface LayerUpdate {
  readonly viewer: Viewer;
  readonly contextId: string;
  readonly id: string;
  readonly given: CheckedUpdate;
  readonly hasTurn: boolean;
}

/** Adds, changes and removes layers. What takes long, checks and patches, is done before the context is locked. */
export class LayerService {
  constructor(private readonly parts: LayerServiceParts) {}

  async add(viewer: Viewer, input: AddLayerInput) {
    const parsed = parseInput(addShape, input);
    if (!parsed.ok) return parsed.error;
    const { store, checks } = this.parts;
    const { arrays, order, expiresAt, expectedVersion, ...texts } = parsed.data;
    const context = await this.writable(viewer, input.contextId);
    if (!context) return noContext();
    const whom = waitingViewer(viewer);
    const clean = await checks.inputWithoutSecrets(context.secretPolicy, texts, whom);
    if ('failure' in clean) return clean.failure;
    const { data, layerType, reason } = clean.data;
    const problem = await checks.ofType(context.ownerId, layerType, data, whom);
    if (problem) return problem;
    const id = newId();
    const write = { viewer, contextId: context.id, needs: 'WRITE', expectedVersion, reason } as const;
    return this.inLine(context.id, async () => {
      const outcome = await this.parts.writer.write(write, async (tx, { version, language }) => {
        const values: LayerValues = {
          layerType,
          order: order ?? (await store.nextOrder(tx, context.id)),
          arrays: arrays ?? 'REPLACE',
          expiresAt: expiresAt ?? null,
          data,
        };
        await store.put(tx, id, { contextId: context.id, version: version + 1, language }, values);
        return { change: 'LAYER_ADDED', layerId: id };
      });
      return isContext(outcome) ? this.done('AddContextLayerSuccess', id, outcome) : outcome;
    });
  }

  async update(viewer: Viewer, input: UpdateLayerInput) {
    const parsed = parseInput(updateShape, input);
    return parsed.ok ? this.change('UpdateContextLayerSuccess', viewer, input.id, parsed.data) : parsed.error;
  }

  async patch(viewer: Viewer, input: PatchLayerInput) {
    const parsed = parseInput(patchShape, input);
    return parsed.ok ? this.change('PatchContextLayerSuccess', viewer, input.id, parsed.data) : parsed.error;
  }

  async remove(viewer: Viewer, input: RemoveLayerInput) {
    const parsed = parseInput(removeShape, input);
    if (!parsed.ok) return parsed.error;
    const { store, writer, checks } = this.parts;
    const [layer] = await store.findMany([input.id]);
    const context = layer && (await this.writable(viewer, layer.contextId));
    if (!context) return noLayer();
    const { expectedVersion } = parsed.data;
    const whom = waitingViewer(viewer);
    const clean = await checks.inputWithoutSecrets(context.secretPolicy, { reason: parsed.data.reason }, whom);
    if ('failure' in clean) return clean.failure;
    const write = { viewer, contextId: context.id, needs: 'WRITE', ...clean.data } as const;
    return this.inLine(context.id, async () => {
      const outcome = await writer.write(write, async (tx, current) => {
        const version = await store.versionOf(tx, current.id, input.id);
        if (version === null) return new Refused(noLayer());
        if (expectedVersion != null && expectedVersion !== version) {
          return new Refused(versionConflict('layer', current, version, expectedVersion));
        }
        await store.remove(tx, current.id, current.version + 1, [input.id]);
        return { change: 'LAYER_REMOVED', layerId: input.id };
      });
      if (!isContext(outcome)) return outcome;
      return { __typename: 'RemoveContextLayerSuccess' as const, layerId: input.id, context: outcome };
    });
  }

  private async change<Name extends string>(success: Name, viewer: Viewer, id: string, update: CheckedUpdate) {
    const [layer] = await this.parts.store.findMany([id]);
    const context = layer && (await this.writable(viewer, layer.contextId));
    if (!context) return noLayer();
    const clean = await this.withoutSecrets(viewer, context, update);
    if ('failure' in clean) return clean.failure;
    const write = { viewer, contextId: context.id, id, given: clean.given };
    const outcome = await this.inLine(context.id, (hasTurn) => this.updateOnce({ ...write, hasTurn }));
    return isContext(outcome) ? this.done(success, id, outcome) : outcome;
  }

  private async updateOnce({ viewer, contextId, id, given, hasTurn }: LayerUpdate) {
    const { store, checks, writer } = this.parts;
    const [layer] = await store.findMany([id]);
    const context = await this.writable(viewer, contextId);
    if (!layer || !context) return noLayer();
    const { expectedVersion, reason } = given;
    if (expectedVersion != null && expectedVersion !== layer.version) {
      return versionConflict('layer', context, layer.version, expectedVersion);
    }
    const changed = await this.changedData(layer, given);
    if (changed instanceof PatchProblem) return patchFailed(changed);
    const layerType = given.layerType ?? layer.layerType;
    await turn();
    const checked = parseInput(layerData, changed);
    if (!checked.ok) return atData(checked.error);
    await turn();
    const clean = await this.resultWithoutSecrets(viewer, context, given, changed);
    if ('failure' in clean) return clean.failure;
    const { data } = clean;
    const problem = await checks.ofType(context.ownerId, layerType, data, waitingViewer(viewer));
    if (problem) return problem;
    const values: LayerValues = {
      layerType,
      order: given.order ?? layer.order,
      arrays: given.arrays ?? layer.arrays,
      expiresAt: given.expiresAt === undefined ? layer.expiresAt : given.expiresAt,
      data,
    };
    const isSame = await isSameLayer(store, layer, values);
    const write = { viewer, contextId, needs: 'WRITE', reason, hasTurn } as const;
    return writer.write(write, async (tx, current) => {
      if ((await store.versionOf(tx, contextId, id)) !== layer.version) return new Refused(CHANGED_MEANWHILE);
      if (isSame) return unchanged(current);
      const { version, language } = current;
      await store.put(tx, id, { contextId, version: version + 1, language }, values);
      return { change: 'LAYER_UPDATED', layerId: id };
    });
  }

  private async changedData(layer: LayerRecord, given: CheckedUpdate): Promise<JsonObject | PatchProblem> {
    if (given.data) return given.data;
    const [data = {}] = await this.parts.store.dataOf([layer]);
    if (given.patch) return patchData(data, given.patch);
    await turn();
    return given.mergePatch ? mergePatch(data, given.mergePatch) : data;
  }

  private async withoutSecrets(viewer: Viewer, { secretPolicy }: ContextRecord, given: CheckedUpdate) {
    const { data, patch, mergePatch, layerType, reason } = given;
    const texts = { data, patch, mergePatch, layerType, reason };
    const clean = await this.parts.checks.inputWithoutSecrets(secretPolicy, texts, waitingViewer(viewer));
    return 'failure' in clean ? clean : { given: { ...given, ...clean.data } };
  }

  /** A patch may take a value, or what is around it, to the name of a secret: what it makes is searched as a whole. */
  private async resultWithoutSecrets(
    viewer: Viewer,
    { secretPolicy }: ContextRecord,
    { patch, mergePatch }: CheckedUpdate,
    data: JsonObject,
  ) {
    if (!patch && !mergePatch) return { data };
    return this.parts.checks.withoutSecrets(secretPolicy, 'data', data, waitingViewer(viewer));
  }

  private async writable(viewer: Viewer, contextId: string): Promise<ContextRecord | null> {
    const context = await this.parts.contexts.find(viewer, contextId);
    return context && suffices(context.access, 'WRITE') ? context : null;
  }

  /** One after the other for each context; what the limits of the database refuse is told by their names. */
  private async inLine<T>(contextId: string, work: (hasTurn: boolean) => Promise<T>) {
    try {
      return await this.parts.turns.run(contextId, work);
    } catch (error) {
      return limitFailure(error, 'data');
    }
  }

  private async done<Name extends string>(name: Name, id: string, context: ContextRecord) {
    const [layer] = await this.parts.store.findMany([id]);
    // Removed again in this moment: what was written is gone, and that is what there is to tell.
    return layer ? { __typename: name, layer, context } : noLayer();
  }
}

const atData = (error: InvalidInputFailure): InvalidInputFailure => ({
  ...error,
  fields: error.fields.map(({ path, message }) => ({ path: ['data', path].filter(Boolean).join('.'), message })),
});
