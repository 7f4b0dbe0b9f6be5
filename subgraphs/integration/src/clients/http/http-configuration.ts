import { headerProblem } from '@flowmesh/platform/http';
import { line } from '@flowmesh/platform/validation';
import { z } from 'zod';

const headerName = (fallback?: string) => {
  const name = z.string().refine((value) => headerProblem(value, '') === null, 'is not a header that can be set');
  return fallback === undefined ? name : name.default(fallback);
};

const authentication = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('NONE') }),
  z.strictObject({ type: z.literal('BASIC'), username: line({ min: 1, max: 200 }) }).describe('`password`'),
  z.strictObject({ type: z.literal('BEARER') }).describe('`token`, sent as `Authorization: Bearer …`'),
  z
    .strictObject({ type: z.literal('API_KEY'), in: z.enum(['HEADER', 'QUERY']).default('HEADER'), name: headerName() })
    .describe('`apiKey`, sent in a header or a parameter of this name'),
  z
    .strictObject({
      type: z.literal('HMAC'),
      algorithm: z.enum(['sha256', 'sha512']).default('sha256'),
      encoding: z.enum(['hex', 'base64']).default('hex'),
      header: headerName('x-signature'),
      prefix: z.string().max(50).default('').describe('Before the signature, e.g. `sha256=`'),
      timestampHeader: headerName()
        .optional()
        .describe('With it, `<seconds>.<body>` is signed instead of the body, and the seconds are sent in this header'),
    })
    .describe('Each request is signed with `secret`'),
]);

export const httpConfiguration = z.strictObject({
  baseUrl: z.string().max(2_000).describe('Address that the paths of operations are below; http or https'),
  authentication: authentication.default({ type: 'NONE' }),
  headers: z
    .record(z.string(), z.string())
    .refine((headers) => Object.keys(headers).length <= 20, 'must be at most 20')
    .default({})
    .describe('Sent with each request, and shown: for what is not secret'),
  healthPath: z.string().max(2_000).default('').describe('Asked with GET by tests; any answer below 500 is a good one'),
});

export type HttpConfiguration = z.output<typeof httpConfiguration>;
export type HttpAuthentication = HttpConfiguration['authentication'];

/** What each kind of authentication needs. */
export const NEEDED_CREDENTIAL = {
  NONE: [],
  BASIC: ['password'],
  BEARER: ['token'],
  API_KEY: ['apiKey'],
  HMAC: ['secret'],
} as const satisfies Record<HttpAuthentication['type'], readonly string[]>;
