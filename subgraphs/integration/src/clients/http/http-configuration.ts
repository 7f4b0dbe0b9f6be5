import { headerProblem } from '@flowmesh/platform/http';
import { line } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { TokenGrant } from '../token-grant.ts';
import { hasSteps, isPlainPath } from './http-operation.ts';

const headerName = (fallback?: string) => {
  const name = z.string().refine((value) => headerProblem(value, '') === null, 'is not a header that can be set');
  return fallback === undefined ? name : name.default(fallback);
};

const address = () => z.string().max(2_000);

/** The grant decides about these. */
const RESERVED_PARAMETERS = new Set([
  ...['grant_type', 'client_id', 'client_secret', 'scope', 'redirect_uri', 'state', 'response_type', 'response_mode'],
  ...['code', 'code_verifier', 'code_challenge', 'code_challenge_method', 'refresh_token'],
]);

/** What both grants of OAuth 2 need. */
const oauth2 = {
  tokenUrl: address().describe('Token endpoint; http or https'),
  clientId: line({ min: 1, max: 500 }),
  scope: line({ min: 1, max: 2_000 }).optional().describe('Scopes to ask for, separated by spaces'),
  parameters: z
    .record(z.string(), z.string().max(2_000))
    .refine((given) => Object.keys(given).length <= 20, 'must be at most 20')
    .refine(
      (given) => !Object.keys(given).some((name) => RESERVED_PARAMETERS.has(name)),
      'must not name a parameter that the grant itself sends',
    )
    .default({}),
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
  z
    .strictObject({
      type: z.literal('OAUTH2_CLIENT_CREDENTIALS'),
      ...oauth2,
      clientAuthentication: z.enum(['BASIC', 'POST']).default('BASIC').describe('How `clientSecret` is sent'),
      parameters: oauth2.parameters.describe('Sent to the token endpoint besides, e.g. `audience`'),
    })
    .describe('OAuth 2 client credentials with `clientSecret`; access tokens are obtained and renewed by themselves'),
  z
    .strictObject({
      type: z.literal('OAUTH2_AUTHORIZATION_CODE'),
      authorizationUrl: address().describe('Authorization endpoint; http or https'),
      ...oauth2,
      clientAuthentication: z
        .enum(['BASIC', 'POST', 'NONE'])
        .default('BASIC')
        .describe('How `clientSecret` is sent; with NONE there is none'),
      parameters: oauth2.parameters.describe('Sent to the authorization endpoint besides, e.g. `access_type`'),
    })
    .describe(
      'OAuth 2 authorization code with PKCE and `clientSecret`: somebody allows it once, by `beginIntegrationAuthorization`',
    ),
]);

export const httpConfiguration = z.strictObject({
  baseUrl: z.string().max(2_000).describe('Address that the paths of operations are below; http or https'),
  authentication: authentication.default({ type: 'NONE' }),
  headers: z
    .record(z.string(), z.string())
    .refine((headers) => Object.keys(headers).length <= 20, 'must be at most 20')
    .default({})
    .describe('Sent with each request, and shown: for what is not secret'),
  healthPath: z
    .string()
    .max(2_000)
    .refine((path) => isPlainPath(path) && !/[{}]/.test(path), 'must be a path without parameters')
    .refine((path) => !hasSteps(path), 'must not have the steps . and ..')
    .refine((path) => !/^([a-z][a-z\d+.-]*:|\/\/)/i.test(path), 'must be a path below `baseUrl`, not another address')
    .default('')
    .describe(
      'Below `baseUrl`; asked with GET by tests. 401, 403 and answers from 500 on are failures, others are good ones. Give one that refuses wrong credentials: without it `baseUrl` itself is asked, which says nothing about them',
    ),
});

export type HttpConfiguration = z.output<typeof httpConfiguration>;
export type HttpAuthentication = HttpConfiguration['authentication'];

/** Credentials that each kind of authentication needs. */
const NEEDED_CREDENTIAL = {
  NONE: [],
  BASIC: ['password'],
  BEARER: ['token'],
  API_KEY: ['apiKey'],
  HMAC: ['secret'],
  OAUTH2_CLIENT_CREDENTIALS: ['clientSecret'],
  OAUTH2_AUTHORIZATION_CODE: ['clientSecret'],
} as const satisfies Record<HttpAuthentication['type'], readonly string[]>;

export const neededCredentials = (authentication: HttpAuthentication): readonly string[] =>
  'clientAuthentication' in authentication && authentication.clientAuthentication === 'NONE'
    ? []
    : NEEDED_CREDENTIAL[authentication.type];

/** Null unless access tokens are used. */
export function tokenGrantOf({ authentication: given }: HttpConfiguration): TokenGrant | null {
  if (given.type !== 'OAUTH2_CLIENT_CREDENTIALS' && given.type !== 'OAUTH2_AUTHORIZATION_CODE') return null;
  const { tokenUrl, clientId, clientAuthentication, scope = null, parameters } = given;
  const byPerson = given.type === 'OAUTH2_AUTHORIZATION_CODE';
  return {
    kind: byPerson ? 'AUTHORIZATION_CODE' : 'CLIENT_CREDENTIALS',
    authorizationUrl: byPerson ? given.authorizationUrl : null,
    ...{ tokenUrl, clientId, clientAuthentication, scope, parameters },
  };
}
