import type { JsonObject } from '../contexts/context-record.ts';

export type ArrayMerge = 'REPLACE' | 'APPEND';

/** A layer as it is, or was, without its data. */
export interface LayerRecord {
  readonly id: string;
  readonly contextId: string;
  readonly layerType: string;
  readonly order: number;
  readonly arrays: ArrayMerge;
  readonly expiresAt: Date | null;
  readonly sizeBytes: number;
  /** Of the context at which it was last changed: with the id it names the data. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a layer is to be. */
export interface LayerValues {
  readonly layerType: string;
  readonly order: number;
  readonly arrays: ArrayMerge;
  readonly expiresAt: Date | null;
  readonly data: JsonObject;
}

/** Data of a layer as it is, or was. */
export interface LayerDataKey {
  readonly id: string;
  readonly version: number;
  readonly sizeBytes: number;
}
