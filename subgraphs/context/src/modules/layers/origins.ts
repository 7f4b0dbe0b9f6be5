import { turn } from '@flowmesh/platform/turns';
import { parseArgument } from '@flowmesh/platform/validation';
import { Pointer } from 'rfc6902';
import type { JsonObject } from '../contexts/context-record.ts';
import { pointer as pointerShape } from './layer-input.ts';
import type { LayerRecord } from './layer-record.ts';

export interface Origin {
  readonly pointer: string;
  readonly layerId: string;
  readonly layerType: string;
}

export interface LayerWithData extends Pick<LayerRecord, 'id' | 'layerType'> {
  readonly data: JsonObject;
}

const VALUES_PER_TURN = 500;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Where each value of the merged layers comes from that is no object with keys: the highest layer that has something at its
 * place. In the order of the value, at most `limit`, at and below the place `below`, a JSON Pointer (RFC 6901). Throws
 * `badInput` when that is none.
 */
export async function originsOf(
  value: JsonObject,
  layers: readonly LayerWithData[],
  below: string,
  limit: number,
): Promise<Origin[]> {
  const path = Pointer.fromJSON(parseArgument('below', pointerShape, below)).tokens.slice(1);
  const origins: Origin[] = [];
  const highestFirst = [...layers].reverse();
  for (const leaf of leavesOf(valueAt(value, path), path)) {
    if (origins.length === limit) break;
    if (origins.length > 0 && origins.length % VALUES_PER_TURN === 0) await turn();
    const layer = highestFirst.find(({ data }) => valueAt(data, leaf) !== undefined);
    if (layer)
      origins.push({ pointer: new Pointer(['', ...leaf]).toString(), layerId: layer.id, layerType: layer.layerType });
  }
  return origins;
}

/** Undefined where there is nothing; lists are not gone into, as they are replaced as a whole. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (!isObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

function* leavesOf(value: unknown, path: readonly string[]): Generator<readonly string[]> {
  if (value === undefined) return;
  const keys = isObject(value) ? Object.keys(value) : [];
  if (keys.length === 0) yield path;
  for (const key of keys) yield* leavesOf((value as JsonObject)[key], [...path, key]);
}
