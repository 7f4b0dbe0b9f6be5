import type { GuardedHttp } from '@flowmesh/platform/http';
import type { InvalidField } from '@flowmesh/platform/validation';
import { baseAddressProblem } from '../base-address.ts';
import type { IntegrationClient } from '../integration-client.ts';
import { readPrivateKey } from '../private-key.ts';
import { createGcs, gcsGrant } from './gcs-backend.ts';
import { createS3, s3EndpointOf } from './s3-backend.ts';
import type { StorageBackend, StorageSettings } from './storage-backend.ts';
import { storageConfiguration, type StorageConfiguration } from './storage-configuration.ts';
import { bytesOf, contentOf } from './storage-content.ts';
import { readStorageInput, STORAGE_OPERATIONS, type StorageOperationName } from './storage-operations.ts';

type Work = (settings: StorageSettings, input: unknown, signal: AbortSignal) => Promise<unknown>;

/** What each operation does with whichever provider; keys are told without the prefix. */
function operationsOf(backendOf: (settings: StorageSettings) => StorageBackend): Record<StorageOperationName, Work> {
  const whole = ({ configuration }: StorageSettings, key: string) => `${configuration.keyPrefix}${key}`;
  return {
    async put(settings, input, signal) {
      const { key, content, encoding, contentType } = readStorageInput('put', input);
      const bytes = bytesOf(content, encoding);
      const object = { key: whole(settings, key), bytes, contentType };
      const etag = await backendOf(settings).put(settings, object, signal);
      return { key, sizeBytes: bytes.length, etag };
    },
    async get(settings, input, signal) {
      const { key, encoding } = readStorageInput('get', input);
      const { bytes, ...known } = await backendOf(settings).get(settings, whole(settings, key), signal);
      return { key, ...contentOf(bytes, encoding), sizeBytes: bytes.length, ...known };
    },
    async head(settings, input, signal) {
      const { key } = readStorageInput('head', input);
      return backendOf(settings).head(settings, whole(settings, key), signal);
    },
    async list(settings, input, signal) {
      const page = readStorageInput('list', input ?? {});
      const prefix = whole(settings, page.prefix);
      const found = await backendOf(settings).list(settings, { ...page, prefix }, signal);
      const { keyPrefix } = settings.configuration;
      const isOwn = (key: string) => key.startsWith(keyPrefix);
      return {
        objects: found.objects
          .filter(({ key }) => isOwn(key))
          .map((object) => ({ ...object, key: object.key.slice(keyPrefix.length) })),
        prefixes: found.prefixes.filter(isOwn).map((each) => each.slice(keyPrefix.length)),
        nextCursor: found.nextCursor,
      };
    },
    async delete(settings, input, signal) {
      const { key } = readStorageInput('delete', input);
      await backendOf(settings).delete(settings, whole(settings, key), signal);
      return { key };
    },
    async presign(settings, input) {
      const address = readStorageInput('presign', input);
      const expiresAt = new Date(Date.now() + address.expiresInSeconds * 1000).toISOString();
      const url = await backendOf(settings).presign(settings, { ...address, key: whole(settings, address.key) });
      return { url, expiresAt };
    },
  };
}

function problemsOf(http: GuardedHttp, { provider }: StorageConfiguration): InvalidField[] {
  const told = (name: string, message: string | null) => (message ? [{ path: `provider.${name}`, message }] : []);
  if (provider.type === 'S3') return told('endpoint', baseAddressProblem(http, s3EndpointOf(provider)));
  return [
    ...told('baseUrl', baseAddressProblem(http, provider.baseUrl)),
    ...told('tokenUrl', http.rules.problemOf(provider.tokenUrl)),
  ];
}

/** Buckets of S3, of what is compatible with it, and of Google Cloud Storage. */
export function createStorageClient(http: GuardedHttp): IntegrationClient<StorageConfiguration> {
  const backends = { S3: createS3(http), GCS: createGcs(http) };
  const operations = operationsOf(({ configuration }) => backends[configuration.provider.type]);

  return {
    type: 'STORAGE',
    title: 'Object storage',
    description: 'A bucket of Amazon S3, a service compatible with it, or Google Cloud Storage.',
    configuration: storageConfiguration,
    credentials: {
      secretAccessKey: 'Secret of the access key of S3.',
      privateKey: 'Private key of the service account of GCS, in PEM: `private_key` of its key file.',
    },
    operations: STORAGE_OPERATIONS,
    problemsOf: (configuration) => problemsOf(http, configuration),
    wantedCredentials: ({ provider }) => ({ required: [provider.type === 'S3' ? 'secretAccessKey' : 'privateKey'] }),
    credentialProblems: (_configuration, { privateKey }) =>
      privateKey === undefined || readPrivateKey(privateKey)
        ? []
        : [{ path: 'privateKey', message: 'must be an RSA key in PEM' }],
    destination: ({ provider }) =>
      provider.type === 'S3'
        ? [provider.type, s3EndpointOf(provider), provider.accessKeyId]
        : [provider.type, provider.baseUrl, provider.tokenUrl, provider.clientEmail],
    tokenGrant: ({ provider }) => (provider.type === 'GCS' ? gcsGrant(provider) : null),
    sentForms: () => [],
    test: async (settings, signal) => void (await operations.list(settings, { limit: 1 }, signal)),
    call: (settings, { operation: { name }, input }, signal) =>
      operations[name as StorageOperationName](settings, input, signal),
  };
}
