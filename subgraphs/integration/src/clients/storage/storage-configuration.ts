import { line } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { hasSteps } from '../http/http-operation.ts';

const address = () => z.string().max(2_000);
const bucket = () =>
  z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, 'must be the name of a bucket: small letters, digits, ., - and _')
    .refine((name) => !name.includes('..'), 'must not have two points in a row');

const s3 = z
  .strictObject({
    type: z.literal('S3'),
    bucket: bucket(),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,50}$/, 'must be the name of a region, e.g. eu-central-1')
      .default('us-east-1'),
    accessKeyId: line({ min: 1, max: 200 }).describe('With `secretAccessKey`'),
    endpoint: address()
      .optional()
      .describe('Of a service that is compatible with S3; by default Amazon’s of the region'),
    pathStyle: z
      .boolean()
      .default(false)
      .describe('Whether the bucket is a part of the path rather than of the host, as many compatible services need'),
    checksums: z
      .enum(['WHEN_REQUIRED', 'WHEN_SUPPORTED'])
      .default('WHEN_REQUIRED')
      .describe('WHEN_SUPPORTED: checksums are sent and checked, which some compatible services refuse'),
  })
  .describe('Amazon S3, or a service that is compatible with it, with `secretAccessKey`');

const gcs = z
  .strictObject({
    type: z.literal('GCS'),
    bucket: bucket(),
    clientEmail: z
      .string()
      .regex(/^[\w.+-]{1,200}@[\w.-]{1,200}$/, 'must be the address of a service account')
      .describe('`client_email` of the service account’s key, whose `private_key` is the credential `privateKey`'),
    baseUrl: address().default('https://storage.googleapis.com'),
    tokenUrl: address().default('https://oauth2.googleapis.com/token').describe('`token_uri` of the key'),
  })
  .describe('Google Cloud Storage, with the `privateKey` of a service account');

export const storageConfiguration = z.strictObject({
  provider: z.discriminatedUnion('type', [s3, gcs]),
  keyPrefix: z
    .string()
    .max(500)
    .regex(/^\P{Cc}*$/u, 'must not have control characters')
    .refine((prefix) => !hasSteps(prefix), 'must not have the steps . and ..')
    .default('')
    .describe('Before each key: calls reach no others'),
});

export type StorageConfiguration = z.output<typeof storageConfiguration>;
export type S3Provider = Extract<StorageConfiguration['provider'], { type: 'S3' }>;
export type GcsProvider = Extract<StorageConfiguration['provider'], { type: 'GCS' }>;
