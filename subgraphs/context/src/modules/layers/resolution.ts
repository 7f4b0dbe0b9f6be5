import { badInput } from '@flowmesh/platform/errors';
import type { ContextRecord, JsonObject } from '../contexts/context-record.ts';
import type { VersionStore } from '../versions/version-store.ts';
import type { LayerRecord } from './layer-record.ts';
import type { LayerStore, Moment } from './layer-store.ts';
import { mergeLayers } from './merge-layers.ts';
import { originsOf, type Origin } from './origins.ts';

/** At which version or time a context is asked for; neither: as it is. */
export interface AsOf {
  readonly version?: number | null | undefined;
  readonly asOf?: Date | null | undefined;
}

/** All layers of a context as one value. */
export interface ResolvedRecord {
  readonly version: number;
  readonly value: JsonObject;
  readonly origins: (below: string, limit: number) => Promise<Origin[]>;
}

/** Layers as they are, of several contexts in one go. */
export type CurrentLayers = (context: ContextRecord) => Promise<readonly LayerRecord[]>;

/** What contexts hold, now and before. */
export class Resolution {
  constructor(
    private readonly layers: LayerStore,
    private readonly versions: VersionStore,
  ) {}

  /** From the lowest to the highest. Throws `badInput` for a moment at which there was no such context. */
  async layersOf(context: ContextRecord, when: AsOf, current: CurrentLayers): Promise<readonly LayerRecord[]> {
    return this.layersAt(context, await this.momentOf(context, when, 'version'), current);
  }

  async resolve(
    context: ContextRecord,
    when: AsOf,
    current: CurrentLayers,
    argument = 'version',
  ): Promise<ResolvedRecord> {
    const moment = await this.momentOf(context, when, argument);
    const layers = await this.layersAt(context, moment, current);
    const data = await this.layers.dataOf(layers);
    // Thinned out while it was read: what was found may be a part of it.
    if (moment) await this.versionOf(context, moment.version, argument);
    const withData = layers.map(({ id, layerType, arrays }, index) => ({
      id,
      layerType,
      arrays,
      data: data[index] ?? {},
    }));
    const value = await mergeLayers(withData);
    return {
      version: moment?.version ?? context.version,
      value,
      origins: (below, limit) => originsOf(value, withData, below, limit),
    };
  }

  private async layersAt(
    context: ContextRecord,
    moment: Moment | null,
    current: CurrentLayers,
  ): Promise<readonly LayerRecord[]> {
    return moment ? this.layers.asOf(context.id, moment) : current(context);
  }

  private async momentOf(context: ContextRecord, { version, asOf }: AsOf, argument: string): Promise<Moment | null> {
    if (version != null && asOf != null) throw badInput('version', 'cannot be given together with `asOf`');
    if (version != null) return this.versionOf(context, version, argument);
    if (asOf == null) return null;
    const moment = await this.versions.at(context.id, asOf);
    if (!moment)
      throw badInput('asOf', `must not be before the context was created, ${context.createdAt.toISOString()}`);
    if (moment.isThinned) {
      throw badInput(
        'asOf',
        `is a time of whose day not all versions were kept; version ${moment.version} is the one before it`,
      );
    }
    return moment;
  }

  private async versionOf(context: ContextRecord, version: number, argument: string): Promise<Moment> {
    const moment = await this.versions.moment(context.id, version);
    if (!moment) throw badInput(argument, await this.versions.whyMissing(context, version));
    return moment;
  }
}
