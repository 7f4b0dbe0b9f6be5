/** The Auth0 tenant whose ID tokens are accepted. */
export interface Auth0Config {
  /** As it stands in tokens, e.g. `https://example.eu.auth0.com/`. */
  readonly issuer: string;
  /** The client id of the application. */
  readonly clientId: string;
  readonly jwksUrl: string;
}

/** Null: not set. */
interface Auth0Values {
  readonly AUTH0_DOMAIN: string | null;
  readonly AUTH0_CLIENT_ID: string | null;
}

/** The problem if only one of them is set. */
export function auth0Problems({ AUTH0_DOMAIN: domain, AUTH0_CLIENT_ID: clientId }: Partial<Auth0Values>): string[] {
  if ((domain === null) === (clientId === null)) return [];
  const [missing, given] = domain === null ? ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID'] : ['AUTH0_CLIENT_ID', 'AUTH0_DOMAIN'];
  return [`${missing} must be set when ${given} is`];
}

/** Null: nobody signs in with Auth0. */
export function auth0Config({ AUTH0_DOMAIN: domain, AUTH0_CLIENT_ID: clientId }: Auth0Values): Auth0Config | null {
  if (domain === null || clientId === null) return null;
  const issuer = `https://${domain.toLowerCase()}/`;
  return { issuer, clientId, jwksUrl: `${issuer}.well-known/jwks.json` };
}
