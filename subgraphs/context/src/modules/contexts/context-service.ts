import { signedIn, type Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import { inTransaction, isUniqueViolation, onlyRow } from '@flowmesh/platform/database';
import { isAnotherRequest, requestDigest } from '@flowmesh/platform/idempotency';
import { newId } from '@flowmesh/platform/ids';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { idempotencyConflict, invalidInput, parseArgument, parseInput } from '@flowmesh/platform/validation';
import type { Pool } from 'pg';
import type { DataChecks, DataFailure } from '../layers/data-checks.ts';
import { limitFailure } from '../layers/layer-failures.ts';
import { MAX_ORDER } from '../layers/layer-input.ts';
import type { LayerValues } from '../layers/layer-record.ts';
import type { LayerStore } from '../layers/layer-store.ts';
import { actorOf } from './actor.ts';
import { changesNothing } from './changes-nothing.ts';
import { contextNameTaken, noContext } from './context-failures.ts';
import {
  createShape,
  deleteShape,
  filterShape,
  updateShape,
  type CheckedCreate,
  type CheckedUpdate,
  type CreateContextInput,
  type DeleteContextInput,
  type UpdateContextInput,
} from './context-input.ts';
import { insertContext, moveToBin, updateContext } from './context-changes.ts';
import { CONTEXTS, type ContextListArguments } from './context-query.ts';
import type { ContextRecord } from './context-record.ts';
import type { ContextStore } from './context-store.ts';
import { isContext, keepVersion, Refused, unchanged, type ContextWriter } from './context-writer.ts';

export interface ContextServiceParts {
  readonly pool: Pool;
  readonly store: ContextStore;
  readonly writer: ContextWriter;
  readonly layers: LayerStore;
  readonly checks: DataChecks;
  readonly published: () => void;
}

/** Indexes that stand in the way of creating the same context twice. */
const CREATED_ONCE = ['contexts_owner_name_key', 'contexts_owner_idempotency_key_key'];
type Texts = 'name' | 'type' | 'description' | 'tags' | 'metadata';

/** What people write of a context in their own words; of an update only what it gives. */
function textsOf<T extends Pick<CheckedUpdate, Texts>>(given: T): Pick<T, Texts> {
  const { name, type, description, tags, metadata } = given;
  return { name, type, description, tags, metadata };
}

type GivenLayers = Pick<CheckedCreate, 'layers' | 'secretPolicy'>;

/** What contexts are, and who may see and change them. */
export class ContextService {
  constructor(private readonly parts: ContextServiceParts) {}

  /** In the order of the ids; null for what is not there or may not be seen. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(ContextRecord | null)[]> {
    const found = new Map((await this.parts.store.findMany(viewer, ids)).map((context) => [context.id, context]));
    return ids.map((id) => found.get(id) ?? null);
  }

  list(viewer: Viewer, args: ContextListArguments): Promise<Connection<ContextRecord>> {
    const filter = parseArgument('filter', filterShape, args.filter ?? {});
    return CONTEXTS.page(args, { viewer, filter }, this.parts.store.list);
  }

  async create(viewer: Viewer, input: CreateContextInput) {
    const { userId } = signedIn(viewer);
    const parsed = parseInput(createShape, input);
    if (!parsed.ok) return parsed.error;
    const { idempotencyKey, ...asked } = parsed.data;
    const digest = requestDigest(asked);
    const known = await this.createdBefore(viewer, userId, idempotencyKey, digest);
    if (known) return known;
    const { pool, layers, checks } = this.parts;
    const policy = parsed.data.secretPolicy ?? 'REFUSE';
    const clean = await checks.inputWithoutSecrets(policy, textsOf(parsed.data), waitingViewer(viewer));
    if ('failure' in clean) return clean.failure;
    const values = { ...parsed.data, ...clean.data };
    const checked = await this.checkedLayers(viewer, parsed.data);
    if ('failure' in checked) return checked.failure;
    const id = newId();
    try {
      const context = await inTransaction(pool, async (tx) => {
        await insertContext(tx, { id, ownerId: userId, requestDigest: digest }, values);
        const to = { contextId: id, version: 1, language: values.language ?? 'simple' };
        for (const layer of checked.layers) await layers.put(tx, newId(), to, layer);
        await keepVersion(tx, id, { change: 'CREATED', layerId: null, author: actorOf(viewer), reason: null });
        return onlyRow(await this.parts.store.findMany(viewer, [id], tx));
      });
      this.parts.published();
      return { __typename: 'CreateContextSuccess' as const, context, created: true };
    } catch (error) {
      const unique = CREATED_ONCE.some((constraint) => isUniqueViolation(error, constraint));
      // Another call under the key may have been faster.
      const other = unique && (await this.createdBefore(viewer, userId, idempotencyKey, digest));
      if (other) return other;
      if (unique) return this.nameTaken(userId, values.name);
      return limitFailure(error, 'layers');
    }
  }

  async update(viewer: Viewer, input: UpdateContextInput) {
    const parsed = parseInput(updateShape, input);
    if (!parsed.ok) return parsed.error;
    const [before] = await this.parts.store.findMany(viewer, [input.id]);
    if (!before) return noContext();
    const policy = parsed.data.secretPolicy ?? before.secretPolicy;
    const { reason: why } = parsed.data;
    const texts = { ...textsOf(parsed.data), reason: why };
    const clean = await this.parts.checks.inputWithoutSecrets(policy, texts, waitingViewer(viewer));
    if ('failure' in clean) return clean.failure;
    const { expectedVersion, reason, ...given } = { ...parsed.data, ...clean.data };
    const write = { viewer, contextId: input.id, needs: 'OWN', expectedVersion, reason, anyStatus: true } as const;
    try {
      const outcome = await this.parts.writer.write(write, async (tx, context) => {
        if (changesNothing(context, given)) return unchanged(context);
        await updateContext(tx, context.id, given);
        return { change: 'UPDATED' };
      });
      return isContext(outcome) ? { __typename: 'UpdateContextSuccess' as const, context: outcome } : outcome;
    } catch (error) {
      if (!isUniqueViolation(error, 'contexts_owner_name_key')) throw error;
      const [context] = await this.parts.store.findMany(viewer, [input.id]);
      return context ? this.nameTaken(context.ownerId, given.name ?? context.name) : noContext();
    }
  }

  async delete(viewer: Viewer, input: DeleteContextInput) {
    const parsed = parseInput(deleteShape, input);
    if (!parsed.ok) return parsed.error;
    const { id, permanently: forGood = false } = input;
    const [before] = await this.parts.store.findMany(viewer, [id]);
    if (!before) return noContext();
    const whom = waitingViewer(viewer);
    const clean = await this.parts.checks.inputWithoutSecrets(
      before.secretPolicy,
      { reason: parsed.data.reason },
      whom,
    );
    if ('failure' in clean) return clean.failure;
    const { expectedVersion } = parsed.data;
    const { reason } = clean.data;
    const write = { viewer, contextId: id, needs: 'OWN', expectedVersion, reason, anyStatus: true } as const;
    const outcome = await this.parts.writer.write(write, async (tx, { status }) => {
      if (status === 'DELETED' && !forGood) return new Refused('there already' as const);
      if (!forGood) await moveToBin(tx, id);
      return { change: 'DELETED', forGood };
    });
    if (outcome !== 'there already' && !isContext(outcome)) return outcome;
    return { __typename: 'DeleteContextSuccess' as const, contextId: id, permanently: forGood };
  }

  /** The context that was created under the key; refused when something else was asked for. */
  private async createdBefore(viewer: Viewer, ownerId: string, key: string | null | undefined, digest: string) {
    const known = key == null ? null : await this.parts.store.findByKey(viewer, ownerId, key);
    if (!known) return null;
    if (isAnotherRequest(known.requestDigest, digest)) return idempotencyConflict(known.id);
    return { __typename: 'CreateContextSuccess' as const, context: known, created: false };
  }

  private async checkedLayers(
    viewer: Viewer,
    { layers, secretPolicy }: GivenLayers,
  ): Promise<{ readonly layers: LayerValues[] } | { readonly failure: DataFailure }> {
    const { checks } = this.parts;
    const whom = waitingViewer(viewer);
    const checked: LayerValues[] = [];
    let above = 0;
    for (const [index, layer] of (layers ?? []).entries()) {
      const path = `layers[${index}]`;
      const { data: given, layerType: type } = layer;
      const clean = await checks.givenData(secretPolicy ?? 'REFUSE', path, { data: given, layerType: type }, whom);
      if ('failure' in clean) return clean;
      const { data, layerType } = clean.data;
      const problem = await checks.ofType(signedIn(viewer).userId, layerType, data, whom);
      if (problem) {
        return { failure: invalidInput(problem.fields.map((field) => ({ ...field, path: `${path}.${field.path}` }))) };
      }
      const order = layer.order ?? Math.min(above, MAX_ORDER);
      above = Math.max(above, order + 1);
      checked.push({
        layerType,
        order,
        arrays: layer.arrays ?? 'REPLACE',
        expiresAt: layer.expiresAt ?? null,
        data,
      });
    }
    return { layers: checked };
  }

  private async nameTaken(ownerId: string, name: string) {
    const taken = await this.parts.store.idOfName(ownerId, name);
    // Gone again since: the caller may simply repeat.
    return taken ? contextNameTaken(name, taken) : invalidInput([{ path: 'name', message: 'was in use; try again' }]);
  }
}
