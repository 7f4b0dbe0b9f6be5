import { diff, type PatchOperation } from '@flowmesh/platform/json-patch';
import type { Viewer } from '@flowmesh/platform/access';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import { isUniqueViolation } from '@flowmesh/platform/database';
import { badInput } from '@flowmesh/platform/errors';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { conflict, invalidInput, parseInput } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { setLanguage } from '../contexts/context-changes.ts';
import { contextNameTaken, noContext } from '../contexts/context-failures.ts';
import { expectedVersion, reason } from '../contexts/write-shapes.ts';
import type { ContextRecord } from '../contexts/context-record.ts';
import type { ContextStore } from '../contexts/context-store.ts';
import { isContext, Refused, type ContextWriter } from '../contexts/context-writer.ts';
import type { DataChecks } from '../layers/data-checks.ts';
import type { LayerStore, Moment } from '../layers/layer-store.ts';
import type { CurrentLayers, Resolution } from '../layers/resolution.ts';
import { VERSIONS } from './version-query.ts';
import type { VersionRecord } from './version-record.ts';
import type { VersionKey, VersionStore } from './version-store.ts';

const MOST_OPERATIONS = 10_000;
const NO_VERSION = 'must be a version of the context';

const restoreShape = z.object({ version: z.int().min(1, NO_VERSION), expectedVersion, reason });

export interface RestoreInput extends z.input<typeof restoreShape> {
  readonly id: string;
  readonly ignoreLayerTypes?: boolean;
}

export interface VersionServiceParts {
  readonly store: VersionStore;
  readonly contexts: ContextStore;
  readonly layers: LayerStore;
  readonly resolution: Resolution;
  readonly writer: ContextWriter;
  readonly checks: DataChecks;
}

/** What contexts have been, what changed in between, and how to get back there. */
export class VersionService {
  constructor(private readonly parts: VersionServiceParts) {}

  /** The last version first. */
  listsOf(contextIds: readonly string[], args: PageArguments): Promise<Connection<VersionRecord>[]> {
    return VERSIONS.pagesOf(contextIds, args, null, this.parts.store.list);
  }

  /** In the order of the keys; null for what is not there. Rights are seen to by the caller. */
  async findMany(keys: readonly VersionKey[]): Promise<(VersionRecord | null)[]> {
    const found = await this.parts.store.findMany(keys);
    return keys.map(
      (key) => found.find(({ contextId, version }) => contextId === key.contextId && version === key.version) ?? null,
    );
  }

  /** Executions note what they have read: it must be there when somebody asks what they knew. People pin nothing. */
  async pinFor(viewer: Viewer, contextId: string, version: number): Promise<void> {
    if (viewer.kind === 'service') await this.parts.store.pin(contextId, version);
  }

  /** Throws `badInput` for versions that are not there. */
  async diff(
    context: ContextRecord,
    from: number,
    to: number | null,
    current: CurrentLayers,
  ): Promise<PatchOperation[]> {
    const { resolution } = this.parts;
    const before = await resolution.resolve(context, { version: from }, current, 'from');
    const after = await resolution.resolve(context, { version: to }, current, 'to');
    const operations = await diff(before.value, after.value, MOST_OPERATIONS);
    if (operations.length > MOST_OPERATIONS) {
      throw badInput('from', 'there are more than 10,000 differences');
    }
    return operations;
  }

  async restore(viewer: Viewer, input: RestoreInput) {
    const parsed = parseInput(restoreShape, input);
    if (!parsed.ok) return parsed.error;
    const { version, expectedVersion: expected } = parsed.data;
    const { store, layers, contexts, writer, checks } = this.parts;
    const context = await contexts.find(viewer, input.id);
    const moment = context && (await store.moment(context.id, version));
    if (!context) return noContext();
    const missing = async () => invalidInput([{ path: 'version', message: await store.whyMissing(context, version) }]);
    if (!moment) return missing();
    const whom = waitingViewer(viewer);
    const clean = await checks.inputWithoutSecrets(context.secretPolicy, { reason: parsed.data.reason }, whom);
    if ('failure' in clean) return clean.failure;
    const problem = input.ignoreLayerTypes ? null : await this.typeProblem(viewer, context, moment);
    if (problem) return problem;
    const write = {
      viewer,
      contextId: context.id,
      needs: 'OWN',
      expectedVersion: expected,
      ...clean.data,
      anyStatus: true,
    } as const;
    try {
      const outcome = await writer.write(write, async (tx, now) => {
        const language = await store.restoreValues(tx, now.id, version);
        if (language === null) return new Refused(await missing());
        await setLanguage(tx, now.id, language);
        await layers.restore(tx, now.id, version, { version: now.version + 1, language });
        return { change: 'RESTORED' };
      });
      return isContext(outcome) ? { __typename: 'RestoreContextVersionSuccess' as const, context: outcome } : outcome;
    } catch (error) {
      if (!isUniqueViolation(error, 'contexts_owner_name_key')) throw error;
      const taken = await contexts.idOfName(context.ownerId, moment.name);
      // Gone again since: the caller may simply repeat.
      return taken ? contextNameTaken(moment.name, taken) : conflict('The name was in use; try again.');
    }
  }

  /** What the layers that would be restored do not satisfy of their types as these are now. */
  private async typeProblem(viewer: Viewer, context: ContextRecord, moment: Moment) {
    const { layers, checks } = this.parts;
    const now = new Set((await layers.current([context.id])).map(({ id, version }) => `${id}:${version}`));
    // Expired since: it does not come back.
    const then = await layers.asOf(context.id, { version: moment.version, at: new Date() });
    for (const layer of then.filter(({ id, version }) => !now.has(`${id}:${version}`))) {
      if (!(await checks.isTyped(context.ownerId, layer.layerType))) continue;
      const [data = {}] = await layers.dataOf([layer]);
      const failure = await checks.ofType(context.ownerId, layer.layerType, data, waitingViewer(viewer));
      const [first] = failure?.fields ?? [];
      if (!first) continue;
      const violation = `layer ${layer.id} violates the layer type ${JSON.stringify(layer.layerType)}: ${first.path} ${first.message}`;
      return invalidInput([
        { path: 'version', message: `cannot be restored with \`ignoreLayerTypes: false\`: its ${violation}` },
      ]);
    }
    return null;
  }
}
