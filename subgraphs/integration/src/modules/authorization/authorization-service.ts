import { createHash } from 'node:crypto';
import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { CallError } from '@flowmesh/platform/resilience';
import type { SecretBox } from '@flowmesh/platform/secrets';
import { invalidInput, notFound, parseInput } from '@flowmesh/platform/validation';
import * as oauth from 'oauth4webapi';
import type { TokenGrant } from '../../clients/token-grant.ts';
import { NO_INTEGRATION } from '../integrations/integration-failures.ts';
import type { IntegrationRecord } from '../integrations/integration-record.ts';
import type { IntegrationSecrets } from '../integrations/integration-secrets.ts';
import type { IntegrationService } from '../integrations/integration-service.ts';
import type { AccessTokens } from './access-tokens.ts';
import {
  beginShape,
  completeShape,
  type BeginIntegrationAuthorizationInput,
  type CompleteIntegrationAuthorizationInput,
} from './authorization-input.ts';
import { authorizationServer, clientOf, plainWords, type TokenEndpoint } from './token-endpoint.ts';
import type { StoredTokens } from './token-record.ts';
import type { TokenStore } from './token-store.ts';
import { openTokens, sealTokens, verifierContext } from './token-vault.ts';

/** Within which somebody has to allow it. */
const PENDING_MS = 10 * 60_000;
const NOT_BEGUN = 'was not begun by you within the last ten minutes, or was completed already; begin again';

export interface AuthorizationServiceParts {
  readonly integrations: IntegrationService;
  readonly secrets: IntegrationSecrets;
  readonly tokens: AccessTokens;
  readonly store: TokenStore;
  readonly endpoint: TokenEndpoint;
  readonly box: SecretBox;
  /** Where the product itself shows what to do next. */
  readonly defaultRedirectUri: string;
}

export interface Authorization extends Pick<StoredTokens, 'scope' | 'expiresAt' | 'authorizedBy' | 'authorizedAt'> {
  readonly state: 'AUTHORIZED' | 'FAILING' | 'REQUIRED';
  readonly renewable: boolean;
  readonly lastError: string | null;
}

const hashOf = (state: string): string => createHash('sha256').update(state).digest('base64url');

/** Lets people allow integrations to act for them, by OAuth 2 (RFC 6749, 4.1; PKCE, RFC 7636). */
export class AuthorizationService {
  constructor(private readonly parts: AuthorizationServiceParts) {}

  /** In the order of the integrations; null where none is needed. */
  async states(integrations: readonly IntegrationRecord[]): Promise<(Authorization | null)[]> {
    const wanted = integrations.map((integration) => ({ integration, ...this.wantedOf(integration) }));
    const ids = wanted.filter(({ digest }) => digest).map(({ integration }) => integration.id);
    const stored = ids.length === 0 ? new Map<string, StoredTokens>() : await this.parts.store.findMany(ids);
    return wanted.map(({ integration: { id }, grant, digest }) => {
      if (!grant) return null;
      const tokens = stored.get(id);
      return this.stateOf(grant, tokens?.grantDigest === digest ? tokens : undefined);
    });
  }

  async begin(viewer: Viewer, input: BeginIntegrationAuthorizationInput) {
    const integration = await this.parts.integrations.changeable(viewer, input.id);
    if (!integration) return notFound(NO_INTEGRATION);
    const { grant, digest } = this.wantedOf(integration);
    if (!digest || grant?.kind !== 'AUTHORIZATION_CODE') {
      return invalidInput([{ path: 'id', message: 'must have the authentication OAUTH2_AUTHORIZATION_CODE' }]);
    }
    const parsed = parseInput(beginShape, input);
    if (!parsed.ok) return parsed.error;
    const redirectUri = parsed.data.redirectUri ?? this.parts.defaultRedirectUri;
    const [state, verifier] = [oauth.generateRandomState(), oauth.generateRandomCodeVerifier()];
    const stateHash = hashOf(state);
    const expiresAt = new Date(Date.now() + PENDING_MS);
    await this.parts.store.begin({
      stateHash,
      integrationId: integration.id,
      userId: signedIn(viewer).userId,
      grantDigest: digest,
      redirectUri,
      sealedVerifier: this.parts.box.seal(verifier, verifierContext(stateHash)),
      expiresAt,
    });
    const url = await authorizationUrl(grant, { redirectUri, state, verifier });
    return {
      __typename: 'BeginIntegrationAuthorizationSuccess' as const,
      authorizationUrl: url,
      redirectUri,
      expiresAt,
    };
  }

  async complete(viewer: Viewer, input: CompleteIntegrationAuthorizationInput) {
    const parsed = parseInput(completeShape, input);
    if (!parsed.ok) return parsed.error;
    const refused = (message: string) => invalidInput([{ path: 'redirectedTo', message }]);
    const { searchParams } = new URL(parsed.data.redirectedTo);
    const state = searchParams.get('state') ?? '';
    const { userId } = signedIn(viewer);
    const pending = await this.parts.store.take(hashOf(state), userId);
    const integration = pending && (await this.parts.integrations.changeable(viewer, pending.integrationId));
    if (!pending || !integration) return refused(NOT_BEGUN);
    const { grant, digest, settings } = this.wantedOf(integration);
    if (!grant || digest !== pending.grantDigest) return refused('belongs to settings that were changed; begin again');
    const { id } = integration;
    try {
      const parameters = checkAnswer(grant, searchParams, state);
      const verifier = this.parts.box.open(pending.sealedVerifier, verifierContext(pending.stateHash));
      const exchange = { parameters, redirectUri: pending.redirectUri, verifier };
      const tokens = await this.parts.endpoint.exchange(grant, settings.credentials['clientSecret'] ?? '', exchange);
      const kept = sealTokens(this.parts.box, id, { ...tokens, scope: tokens.scope ?? grant.scope });
      await this.parts.store.authorize(id, { ...kept, grantDigest: digest, authorizedBy: userId });
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      const { code, message } = error;
      return { __typename: 'IntegrationAuthorizationFailedError' as const, code, message };
    }
    return { __typename: 'CompleteIntegrationAuthorizationSuccess' as const, integration };
  }

  private wantedOf(integration: IntegrationRecord) {
    const { id, type, configuration, sealedSecrets, ownerId: owner } = integration;
    const settings = { configuration, credentials: this.parts.secrets.open(id, sealedSecrets), owner };
    const { grant = null, digest = null } = this.parts.tokens.grantOf(type, settings) ?? {};
    return { settings, grant, digest };
  }

  private stateOf({ kind, scope }: TokenGrant, stored: StoredTokens | undefined): Authorization {
    const sealed = stored?.sealedTokens ?? null;
    const byItself = kind !== 'AUTHORIZATION_CODE';
    const { refreshToken = null } =
      stored && sealed !== null ? openTokens(this.parts.box, stored.integrationId, sealed) : {};
    const renewable = byItself || refreshToken !== null;
    const isOver = stored?.expiresAt != null && stored.expiresAt.getTime() <= Date.now();
    const isAllowed = byItself || (sealed !== null && (renewable || !isOver));
    const isFailing = stored?.error != null && (sealed === null || isOver);
    return {
      state: !isAllowed ? 'REQUIRED' : isFailing ? 'FAILING' : 'AUTHORIZED',
      renewable,
      scope: sealed === null ? null : (stored?.scope ?? scope),
      expiresAt: sealed === null || isOver ? null : (stored?.expiresAt ?? null),
      authorizedBy: stored?.authorizedBy ?? null,
      authorizedAt: stored?.authorizedAt ?? null,
      lastError: stored?.error ?? null,
    };
  }
}

async function authorizationUrl(
  { authorizationUrl: endpoint, clientId, scope, parameters }: TokenGrant,
  { redirectUri, state, verifier }: { readonly redirectUri: string; readonly state: string; readonly verifier: string },
): Promise<string> {
  const url = new URL(endpoint ?? '');
  const own = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    ...(scope === null ? {} : { scope }),
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries({ ...parameters, ...own })) url.searchParams.set(name, value);
  return url.href;
}

/** What the authorization endpoint has said. Throws `CallError` when it, or whoever was asked, has refused. */
function checkAnswer(grant: TokenGrant, given: URLSearchParams, state: string): URLSearchParams {
  const parameters = new URLSearchParams(given);
  // The issuer is not among the settings, so there is nothing to compare it with; `state` names the integration.
  parameters.delete('iss');
  const failed = (message: string, cause?: unknown) =>
    new CallError('AUTHORIZATION_REFUSED', message, { retryable: false, fault: false, cause });
  try {
    const checked = oauth.validateAuthResponse(authorizationServer(grant), clientOf(grant), parameters, state);
    if (checked.getAll('code').length === 1) return checked;
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError) {
      const { error: code, error_description: description } = error;
      throw failed(`It was refused: ${plainWords(code + (description ? ` (${description})` : ''))}.`, error);
    }
    if (error instanceof oauth.OperationProcessingError)
      throw failed(`The answer cannot be used: ${error.message}.`, error);
    throw error;
  }
  throw failed('The answer has no code, or several.');
}
