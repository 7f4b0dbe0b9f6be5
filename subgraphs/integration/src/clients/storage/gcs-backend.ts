import { GuardedHttpError, type GuardedHttp } from '@flowmesh/platform/http';
import { readJson } from '@flowmesh/platform/json';
import { CallError } from '@flowmesh/platform/resilience';
import { connectionFailure } from '../http/http-failure.ts';
import { readPrivateKey } from '../private-key.ts';
import { ACCESS_TOKEN, TOKEN_NOT_ACCEPTED, type TokenGrant } from '../token-grant.ts';
import { signedUrl, strictlyEncoded } from './gcs-signed-url.ts';
import { etagOf, NO_OBJECT, timeOf, type StorageBackend, type StorageSettings } from './storage-backend.ts';
import type { GcsProvider } from './storage-configuration.ts';
import { storageFailure, unusableAnswer } from './storage-failure.ts';
import { MAX_OBJECT_BYTES } from './storage-operations.ts';

/** The policy of the integration ends calls before; this one bounds what forgets to. */
const DEADLINE_MS = 600_000;
/** Of JSON. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const LIMITS = { maxDepth: 16, maxValues: 20_000 };
const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_write';
const KNOWN = 'size,contentType,etag,updated';

type Fields = Readonly<Record<string, unknown>>;

const providerOf = ({ configuration }: Pick<StorageSettings, 'configuration'>) => configuration.provider as GcsProvider;

/** A service account signs who it is (https://developers.google.com/identity/protocols/oauth2/service-account). */
export const gcsGrant = ({ clientEmail, tokenUrl }: GcsProvider): TokenGrant => ({
  ...{ kind: 'JWT_BEARER', tokenUrl, clientId: clientEmail, scope: SCOPE },
  ...{ authorizationUrl: null, clientAuthentication: 'NONE', parameters: {} },
});

/** Errors of Google are JSON; some are plain words. */
function refusalOf({ status, headers }: Response, text: string): CallError {
  const read = readJson(text, LIMITS);
  const error = (read.ok ? ((read.value as Fields | null)?.['error'] ?? {}) : {}) as Fields;
  const [first] = Array.isArray(error['errors']) ? (error['errors'] as Fields[]) : [];
  const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
  const failure = storageFailure({
    ...{ status, headers, word: textOf(first?.['reason']), detail: textOf(error['message']) },
  });
  return status === 401
    ? new CallError(TOKEN_NOT_ACCEPTED, failure.message, { retryable: false, fault: false, status: failure.status })
    : failure;
}

function objectOf(bytes: Buffer): Fields {
  const read = readJson(bytes, LIMITS);
  if (!read.ok) throw unusableAnswer(read.problem.message);
  if (isObject(read.value)) return read.value;
  throw unusableAnswer('is no object of JSON');
}

/** 64-bit numbers are texts in Google’s JSON. */
function sizeOf(value: unknown): number {
  const size = Number(value);
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw unusableAnswer('a size is no number');
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

interface Ask {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base address. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes?: number;
}

/**
 * Google Cloud Storage by its JSON API: Google’s own library brings a network of its own, looks for credentials at the
 * machine, and needs a newer Node than the product supports.
 */
export function createGcs(http: GuardedHttp): StorageBackend {
  async function ask(settings: StorageSettings, { path, query = {}, ...asked }: Ask, signal: AbortSignal) {
    const url = new URL(path, providerOf(settings).baseUrl);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const { method, headers = {}, body, maxBytes = MAX_ANSWER_BYTES } = asked;
    const authorization = `Bearer ${settings.credentials[ACCESS_TOKEN] ?? ''}`;
    try {
      const response = await http.request(url.href, {
        method,
        headers: { 'user-agent': 'flowmesh', accept: '*/*', authorization, ...headers },
        ...(body === undefined ? {} : { body }),
        ...{ deadlineMs: DEADLINE_MS, maxBytes, signal },
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      if (response.status >= 300) throw refusalOf(response, bytes.toString());
      return { headers: response.headers, bytes };
    } catch (error) {
      throw error instanceof GuardedHttpError ? connectionFailure(error, true) : error;
    }
  }

  const objects = (settings: StorageSettings) => `/storage/v1/b/${strictlyEncoded(providerOf(settings).bucket)}/o`;
  const object = (settings: StorageSettings, key: string) => `${objects(settings)}/${strictlyEncoded(key)}`;

  return {
    async put(settings, { key, bytes: body, contentType }, signal) {
      const query = { uploadType: 'media', name: key, fields: 'etag' };
      const headers = { 'content-type': contentType };
      const path = `/upload${objects(settings)}`;
      const { bytes } = await ask(settings, { method: 'POST', path, query, headers, body }, signal);
      return textOf(objectOf(bytes)['etag']);
    },

    async get(settings, key, signal) {
      const query = { alt: 'media' };
      const asked: Ask = { method: 'GET', path: object(settings, key), query, maxBytes: MAX_OBJECT_BYTES };
      const { headers, bytes } = await ask(settings, asked, signal);
      return {
        bytes,
        contentType: headers.get('content-type'),
        etag: etagOf(headers.get('etag')),
        lastModified: timeOf(headers.get('last-modified')),
      };
    },

    async head(settings, key, signal) {
      try {
        const asked: Ask = { method: 'GET', path: object(settings, key), query: { fields: KNOWN } };
        const known = objectOf((await ask(settings, asked, signal)).bytes);
        const { size, contentType, etag, updated } = known;
        return {
          ...{ exists: true, sizeBytes: sizeOf(size), contentType: textOf(contentType) },
          ...{ etag: textOf(etag), lastModified: timeOf(updated) },
        };
      } catch (error) {
        if (error instanceof CallError && error.code === 'NOT_FOUND') return NO_OBJECT;
        throw error;
      }
    },

    async list(settings, { prefix, delimiter, limit, cursor }, signal) {
      const fields = 'items(name,size,etag,updated),prefixes,nextPageToken';
      const query = { prefix, delimiter, maxResults: String(limit), pageToken: cursor, fields };
      const page = objectOf((await ask(settings, { method: 'GET', path: objects(settings), query }, signal)).bytes);
      return {
        objects: listOf(page['items'])
          .filter(isObject)
          .map(({ name, size, etag, updated }) => ({
            ...{ key: String(name), sizeBytes: sizeOf(size), etag: textOf(etag), lastModified: timeOf(updated) },
          })),
        prefixes: listOf(page['prefixes']).filter((each) => typeof each === 'string'),
        nextCursor: textOf(page['nextPageToken']),
      };
    },

    async delete(settings, key, signal) {
      try {
        await ask(settings, { method: 'DELETE', path: object(settings, key) }, signal);
      } catch (error) {
        if (!(error instanceof CallError) || error.code !== 'NOT_FOUND') throw error;
      }
    },

    presign(settings, { key, method, expiresInSeconds }) {
      const { baseUrl, bucket, clientEmail } = providerOf(settings);
      const privateKey = readPrivateKey(settings.credentials['privateKey'] ?? '');
      if (privateKey === null) {
        const message = 'The private key cannot be used.';
        return Promise.reject(new CallError('AUTHENTICATION', message, { retryable: false, fault: false }));
      }
      const now = new Date();
      const address = { baseUrl, bucket, key, method, expiresInSeconds, clientEmail, privateKey, now };
      return Promise.resolve(signedUrl(address));
    },
  };
}
