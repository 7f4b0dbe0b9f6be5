import { line } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { TokenGrant } from '../token-grant.ts';

export const auth0Configuration = z.strictObject({
  baseUrl: z.string().max(2_000).describe('Of the tenant, e.g. https://example.eu.auth0.com'),
  clientId: line({ min: 1, max: 200 }).describe(
    'Of an application that may call the Management API, with `clientSecret`',
  ),
  audience: z
    .string()
    .max(2_000)
    .optional()
    .describe(
      'Identifier of the Management API, where the tenant has a domain of its own: https://….auth0.com/api/v2/',
    ),
});

export type Auth0Configuration = z.output<typeof auth0Configuration>;

export const originOf = ({ baseUrl }: Auth0Configuration): string => new URL(baseUrl).origin;

export const auth0Grant = (configuration: Auth0Configuration): TokenGrant => ({
  kind: 'CLIENT_CREDENTIALS',
  tokenUrl: `${originOf(configuration)}/oauth/token`,
  authorizationUrl: null,
  clientId: configuration.clientId,
  clientAuthentication: 'POST',
  scope: null,
  parameters: { audience: configuration.audience ?? `${originOf(configuration)}/api/v2/` },
});
