import type { AuthDomain } from '../../domain.ts';
import type { Foundations } from '../../foundations.ts';
import type { PasswordService } from '../accounts/password-service.ts';
import type { SessionService } from '../sessions/session-service.ts';
import type { Auth0Config } from './auth0-config.ts';
import { Auth0Service } from './auth0-service.ts';
import { Auth0Store } from './auth0-store.ts';
import { createIdTokens } from './id-tokens.ts';

export interface Auth0Parts {
  /** Null if the operator has not configured it. */
  readonly config: Auth0Config | null;
  readonly registrationOpen: boolean;
  readonly sessions: SessionService;
  readonly passwords: PasswordService;
}

/** Sign-in with Auth0. The operator configures the tenant, so its address may be inside the network. */
export function createAuth0(domain: AuthDomain, foundations: Foundations, { config, ...parts }: Auth0Parts) {
  const http = domain.openHttp(config ? [new URL(config.jwksUrl).hostname] : []);
  const store = new Auth0Store(domain.pool, foundations.mailDelivery);
  const idTokens = config && createIdTokens(config, http, domain.logger);
  return {
    service: new Auth0Service({ ...foundations, ...parts, store, idTokens }),
    /** Removes expired tokens, up to `limit`. */
    removeExpired: (limit: number) => store.removeExpired(limit),
  };
}
