import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { GuardedHttpError, type GuardedHttp } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';
import { failureDetail } from '../failure-detail.ts';
import { connectionFailure } from '../http/http-failure.ts';
import { S3RequestHandler } from './s3-request-handler.ts';
import { etagOf, NO_OBJECT, timeOf, type StorageBackend, type StorageSettings } from './storage-backend.ts';
import type { S3Provider } from './storage-configuration.ts';
import { unusableAnswer } from './storage-failure.ts';
import { MAX_OBJECT_BYTES } from './storage-operations.ts';

/** Of XML: a page of 500 keys, and what the SDK reads within a tenth of a second whatever it is. */
const MAX_XML_BYTES = 512 * 1024;

/** Loaded when the first bucket is called: it is large, and most have none. */
const sdk = () => import('@aws-sdk/client-s3');

export const s3EndpointOf = ({ endpoint, region }: S3Provider): string =>
  endpoint ?? `https://s3.${region}.amazonaws.com`;

/**
 * Nothing is taken from the environment, from files of the user that runs the service, or from the machine it runs on:
 * everything that the SDK would look for there is set.
 */
const clientConfig = ({ configuration, credentials }: StorageSettings, handler: S3RequestHandler): S3ClientConfig => {
  const provider = configuration.provider as S3Provider;
  return {
    endpoint: s3EndpointOf(provider),
    region: provider.region,
    credentials: { accessKeyId: provider.accessKeyId, secretAccessKey: credentials['secretAccessKey'] ?? '' },
    forcePathStyle: provider.pathStyle,
    requestHandler: handler,
    requestChecksumCalculation: provider.checksums,
    responseChecksumValidation: provider.checksums,
    // The policy of the integration tries again.
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    authSchemePreference: ['sigv4'],
    sigv4aSigningRegionSet: [provider.region],
    disableS3ExpressSessionAuth: true,
    disableMultiregionAccessPoints: true,
    useArnRegion: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    followRegionRedirects: false,
    userAgentAppId: 'flowmesh',
    defaultUserAgentProvider: () => Promise.resolve([['flowmesh']]),
  };
};

/** Amazon S3 and what is compatible with it, by the AWS SDK. */
export function createS3(http: GuardedHttp): StorageBackend {
  async function using<T>(
    settings: StorageSettings,
    handler: S3RequestHandler,
    work: (client: S3Client, bucket: string) => Promise<T>,
  ): Promise<T> {
    const { S3Client: Client } = await sdk();
    const client = new Client(clientConfig(settings, handler));
    try {
      return await work(client, (settings.configuration.provider as S3Provider).bucket);
    } catch (error) {
      throw s3Failure(error, handler.asked);
    } finally {
      client.destroy();
    }
  }
  const askingXml = (signal: AbortSignal) =>
    new S3RequestHandler(http, { signal, maxBytes: MAX_XML_BYTES, isXml: true });

  return {
    put: (settings, { key: Key, bytes: Body, contentType: ContentType }, signal) =>
      using(settings, askingXml(signal), async (client, Bucket) => {
        const { PutObjectCommand } = await sdk();
        const answer = await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType }));
        return etagOf(answer.ETag);
      }),

    get: (settings, Key, signal) => {
      const handler = new S3RequestHandler(http, { signal, maxBytes: MAX_OBJECT_BYTES, isXml: false });
      return using(settings, handler, async (client, Bucket) => {
        const { GetObjectCommand } = await sdk();
        const { Body, ContentType, ETag, LastModified } = await client.send(new GetObjectCommand({ Bucket, Key }));
        const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
        return { bytes, contentType: ContentType ?? null, etag: etagOf(ETag), lastModified: timeOf(LastModified) };
      });
    },

    async head(settings, Key, signal) {
      try {
        return await using(settings, askingXml(signal), async (client, Bucket) => {
          const { HeadObjectCommand } = await sdk();
          const answer = await client.send(new HeadObjectCommand({ Bucket, Key }));
          return {
            exists: true,
            sizeBytes: answer.ContentLength ?? null,
            contentType: answer.ContentType ?? null,
            etag: etagOf(answer.ETag),
            lastModified: timeOf(answer.LastModified),
          };
        });
      } catch (error) {
        if (error instanceof CallError && error.code === 'NOT_FOUND') return NO_OBJECT;
        throw error;
      }
    },

    list: (settings, { prefix: Prefix, delimiter: Delimiter, limit: MaxKeys, cursor: ContinuationToken }, signal) =>
      using(settings, askingXml(signal), async (client, Bucket) => {
        const { ListObjectsV2Command } = await sdk();
        const page = { Bucket, Prefix, Delimiter, MaxKeys, ContinuationToken };
        const answer = await client.send(new ListObjectsV2Command(page));
        return {
          objects: (answer.Contents ?? []).map(({ Key, Size, ETag, LastModified }) => ({
            ...{ key: Key ?? '', sizeBytes: Size ?? 0, etag: etagOf(ETag), lastModified: timeOf(LastModified) },
          })),
          prefixes: (answer.CommonPrefixes ?? []).flatMap(({ Prefix: each }) => each ?? []),
          nextCursor: answer.IsTruncated ? (answer.NextContinuationToken ?? null) : null,
        };
      }),

    delete: (settings, Key, signal) =>
      using(settings, askingXml(signal), async (client, Bucket) => {
        const { DeleteObjectCommand } = await sdk();
        await client.send(new DeleteObjectCommand({ Bucket, Key }));
      }),

    presign: (settings, { key: Key, method, expiresInSeconds: expiresIn }) =>
      using(settings, askingXml(AbortSignal.abort()), async (client, Bucket) => {
        const [{ GetObjectCommand, PutObjectCommand }, { getSignedUrl }] = await Promise.all([
          sdk(),
          import('@aws-sdk/s3-request-presigner'),
        ]);
        const object = { Bucket, Key };
        return method === 'GET'
          ? getSignedUrl(client, new GetObjectCommand(object), { expiresIn })
          : getSignedUrl(client, new PutObjectCommand(object), { expiresIn });
      }),
  };
}

/** `asked`: a request was sent. */
function s3Failure(error: unknown, asked: boolean): Error {
  if (error instanceof CallError) return error;
  if (error instanceof GuardedHttpError) return connectionFailure(error, true);
  const [detail = ''] = String(error instanceof Error ? error.message : error).split('\n');
  // The SDK reads what is not there: its words are about its own code.
  if (asked) return unusableAnswer(error instanceof TypeError ? 'it is not what S3 answers' : detail, error);
  const message = `The request cannot be made: ${failureDetail(detail)}`;
  return new CallError('INVALID_URL', message, { retryable: false, fault: false, cause: error });
}
