import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { GuardedHttp } from '@flowmesh/platform/http';
import type { Clients } from '../../clients/clients.ts';
import type { IntegrationSecrets } from '../integrations/integration-secrets.ts';
import type { IntegrationService } from '../integrations/integration-service.ts';
import { AccessTokens } from './access-tokens.ts';
import { authorizedUrl } from './authorization-routes.ts';
import { AuthorizationService } from './authorization-service.ts';
import { TokenEndpoint } from './token-endpoint.ts';
import type { TokenStore } from './token-store.ts';

export interface AuthorizationParts {
  readonly store: TokenStore;
  readonly http: GuardedHttp;
  readonly clients: Clients;
  readonly integrations: IntegrationService;
  readonly secrets: IntegrationSecrets;
}

/** Access tokens of OAuth 2, and how people allow them. */
export function createAuthorization(domain: OpenDomain, parts: AuthorizationParts) {
  const { store, http, clients, integrations, secrets } = parts;
  const { box } = domain.secrets;
  const endpoint = new TokenEndpoint(http);
  const tokens = new AccessTokens({ store, endpoint, clients, box });
  domain.retain('integration-authorizations', (limit) => store.removeExpired(limit));
  const defaultRedirectUri = authorizedUrl(domain.config.publicUrl);
  const service = new AuthorizationService({ integrations, secrets, tokens, store, endpoint, box, defaultRedirectUri });
  return { tokens, authorization: service };
}
