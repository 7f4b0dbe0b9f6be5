import { z } from 'zod';

/** The tenant whose ID tokens are good here. */
export interface Auth0Config {
  /** As it stands in tokens, e.g. `https://example.eu.auth0.com/`. */
  readonly issuer: string;
  /** Of the application that people sign in to. */
  readonly clientId: string;
  readonly jwksUrl: string;
}

/** Variables, and what they must be. */
export const auth0Variables = {
  AUTH0_DOMAIN: z
    .string()
    .regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/i, 'must be the domain of a tenant, e.g. example.eu.auth0.com')
    .transform((domain) => domain.toLowerCase())
    .optional(),
  AUTH0_CLIENT_ID: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, 'must be the client id of an application')
    .optional(),
};

interface Variables {
  readonly AUTH0_DOMAIN?: string | undefined;
  readonly AUTH0_CLIENT_ID?: string | undefined;
}

/** What is missing when only one of them is set. */
export function auth0Problems({ AUTH0_DOMAIN: domain, AUTH0_CLIENT_ID: clientId }: Variables): string[] {
  if ((domain === undefined) === (clientId === undefined)) return [];
  const [missing, given] =
    domain === undefined ? ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID'] : ['AUTH0_CLIENT_ID', 'AUTH0_DOMAIN'];
  return [`${missing} must be set when ${given} is`];
}

/** Null: nobody signs in with Auth0. */
export function auth0Config({ AUTH0_DOMAIN: domain, AUTH0_CLIENT_ID: clientId }: Variables): Auth0Config | null {
  if (domain === undefined || clientId === undefined) return null;
  const issuer = `https://${domain}/`;
  return { issuer, clientId, jwksUrl: `${issuer}.well-known/jwks.json` };
}
