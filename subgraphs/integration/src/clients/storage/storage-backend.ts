import type { Settings } from '../integration-client.ts';
import type { StorageConfiguration } from './storage-configuration.ts';
import type { StorageInput, StorageOutput } from './storage-operations.ts';

export type StorageSettings = Settings<StorageConfiguration>;

export interface StoredObject {
  readonly bytes: Buffer;
  readonly contentType: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface PutObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** What a provider can do. Keys are whole ones, prefix included. All throw `CallError`. */
export interface StorageBackend {
  /** Gives the ETag. */
  put(settings: StorageSettings, object: PutObject, signal: AbortSignal): Promise<string | null>;
  get(settings: StorageSettings, key: string, signal: AbortSignal): Promise<StoredObject>;
  head(settings: StorageSettings, key: string, signal: AbortSignal): Promise<StorageOutput<'head'>>;
  list(settings: StorageSettings, page: StorageInput<'list'>, signal: AbortSignal): Promise<StorageOutput<'list'>>;
  delete(settings: StorageSettings, key: string, signal: AbortSignal): Promise<void>;
  presign(settings: StorageSettings, address: StorageInput<'presign'>): Promise<string>;
}

export const NO_OBJECT: StorageOutput<'head'> = {
  exists: false,
  ...{ sizeBytes: null as number | null, contentType: null, etag: null, lastModified: null },
};

/** RFC 3339; null for what is no time. */
export function timeOf(value: unknown): string | null {
  const time = value instanceof Date ? value : typeof value === 'string' ? new Date(value) : null;
  return time === null || Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** ETags are quoted in headers and in XML. */
export const etagOf = (value: unknown): string | null =>
  typeof value === 'string' ? value.replace(/^"|"$/g, '') : null;
