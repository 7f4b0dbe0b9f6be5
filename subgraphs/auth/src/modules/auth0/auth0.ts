import { createAddressRules, createGuardedHttp } from '@flowmesh/platform/http';
import type { Logger } from '@flowmesh/platform/logging';
import type { Pool } from 'pg';
import type { MailDelivery } from '../../mails/index.ts';
import type { Auth0Config } from './auth0-config.ts';
import { Auth0Service, type Auth0ServiceParts } from './auth0-service.ts';
import { Auth0Store } from './auth0-store.ts';
import { createIdTokens } from './id-tokens.ts';

export interface Auth0Parts extends Omit<Auth0ServiceParts, 'store' | 'idTokens' | 'onMails'> {
  readonly config: Auth0Config | null;
  readonly pool: Pool;
  readonly mailDelivery: MailDelivery;
  readonly allowPrivateAddresses: readonly string[];
  readonly logger: Logger;
}

export interface Auth0 {
  readonly service: Auth0Service;
  /** Removes what is over, up to `limit`. */
  removeExpired(limit: number): Promise<void>;
  stop(): Promise<void>;
}

/** Puts signing in with Auth0 together. The operator names the tenant, so it may stand inside the network. */
export function createAuth0(parts: Auth0Parts): Auth0 {
  const { config, pool, mailDelivery, allowPrivateAddresses, logger } = parts;
  const hosts = config ? [new URL(config.jwksUrl).hostname] : [];
  const http = createGuardedHttp({ rules: createAddressRules([...allowPrivateAddresses, ...hosts]) });
  const store = new Auth0Store(pool, mailDelivery);
  const idTokens = config && createIdTokens(config, http, logger);
  return {
    service: new Auth0Service({ ...parts, store, idTokens, onMails: () => mailDelivery.poke() }),
    removeExpired: (limit) => store.removeExpired(limit),
    stop: () => http.close(),
  };
}
