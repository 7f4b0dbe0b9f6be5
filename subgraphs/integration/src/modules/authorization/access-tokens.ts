import { setTimeout as delay } from 'node:timers/promises';
import { untilAborted } from '@flowmesh/platform/aborting';
import { requestDigest } from '@flowmesh/platform/idempotency';
import { newId } from '@flowmesh/platform/ids';
import { CallError } from '@flowmesh/platform/resilience';
import type { SecretBox } from '@flowmesh/platform/secrets';
import { storableText } from '@flowmesh/platform/validation';
import type { Clients } from '../../clients/clients.ts';
import type { Settings } from '../../clients/integration-client.ts';
import { ACCESS_TOKEN, grantSecret, TOKEN_NOT_ACCEPTED, type TokenGrant } from '../../clients/token-grant.ts';
import type { IntegrationRecord } from '../integrations/integration-record.ts';
import { AUTHORIZATION_REQUIRED, type TokenEndpoint } from './token-endpoint.ts';
import type { StoredTokens, Tokens } from './token-record.ts';
import type { TokenStore } from './token-store.ts';
import { openTokens, sealTokens } from './token-vault.ts';

/** A token endpoint answers within 10 s or not at all: whoever holds the lease for longer has died. */
const LEASE_MS = 12_000;
const LOOK_AGAIN_MS = 100;
/** Whoever waits for another's lease gives up after it. */
const PATIENCE_MS = LEASE_MS + 3_000;
/** A call takes a moment to arrive. */
const JUST_OVER_MS = 1_000;
/** So long a failure counts for all calls of a process: an endpoint that does not work is not asked by each of them. */
const FAILURE_MS = 1_000;
const MAX_ERROR_CHARACTERS = 1_000;

export type Authorized = Pick<IntegrationRecord, 'id' | 'type'>;
type AnySettings = Settings<unknown>;

export interface AccessTokensParts {
  readonly store: TokenStore;
  readonly endpoint: TokenEndpoint;
  readonly clients: Clients;
  readonly box: SecretBox;
}

/** Of the settings that decide to whom tokens are given, and for what. */
export const grantDigest = (grant: TokenGrant, destination: unknown): string => requestDigest({ grant, destination });

const authorizationRequired = (message = 'Somebody must allow it first: see `beginIntegrationAuthorization`.') =>
  new CallError(AUTHORIZATION_REQUIRED, message, { retryable: false, fault: false });

type Times = Pick<StoredTokens, 'sealedTokens' | 'expiresAt' | 'renewAt'>;

const isUsable = ({ sealedTokens, expiresAt }: Times): boolean =>
  sealedTokens !== null && (expiresAt === null || expiresAt.getTime() - JUST_OVER_MS > Date.now());

const isFresh = (tokens: Times): boolean =>
  isUsable(tokens) && (tokens.renewAt === null || tokens.renewAt.getTime() > Date.now());

/** Access tokens of OAuth 2: kept, renewed before they end, by one of all processes at a time. */
export class AccessTokens {
  /** What this process is asking for, by integration and settings: all calls share it. */
  private readonly renewals = new Map<string, Promise<string>>();

  constructor(private readonly parts: AccessTokensParts) {}

  /** Null when the settings need no access token. */
  grantOf(type: string, settings: AnySettings): { readonly grant: TokenGrant; readonly digest: string } | null {
    const client = this.parts.clients.of(type);
    const grant = client.tokenGrant?.(settings.configuration) ?? null;
    return grant && { grant, digest: grantDigest(grant, client.destination(settings.configuration)) };
  }

  /**
   * Gives settings to `use` that have an access token among the credentials, where they need one; once more with another
   * token when the service does not accept the first. Throws `CallError` when there is no token to be had.
   */
  async using<T>(
    { id, type }: Authorized,
    settings: AnySettings,
    signal: AbortSignal,
    use: (settings: AnySettings) => Promise<T>,
  ): Promise<T> {
    const wanted = this.grantOf(type, settings);
    if (!wanted) return use(settings);
    const withToken = (accessToken: string): AnySettings => ({
      ...settings,
      credentials: { ...settings.credentials, [ACCESS_TOKEN]: accessToken },
    });
    const token = await this.tokenOf(id, wanted, settings, signal);
    try {
      return await use(withToken(token));
    } catch (error) {
      if (!(error instanceof CallError) || error.code !== TOKEN_NOT_ACCEPTED) throw error;
      await this.expire(id, token);
      const next = await this.tokenOf(id, wanted, settings, signal);
      return use(withToken(next));
    }
  }

  /** For settings that are not stored: their token is used once, and forgotten. */
  async usingUnstored<T>(type: string, settings: AnySettings, use: (settings: AnySettings) => Promise<T>): Promise<T> {
    const wanted = this.grantOf(type, settings);
    if (!wanted) return use(settings);
    if (wanted.grant.kind === 'AUTHORIZATION_CODE') {
      throw authorizationRequired('Somebody must allow it first: register the integration and authorize it.');
    }
    const { accessToken } = await this.parts.endpoint.byItself(
      wanted.grant,
      grantSecret(wanted.grant, settings.credentials),
    );
    return use({ ...settings, credentials: { ...settings.credentials, [ACCESS_TOKEN]: accessToken } });
  }

  /** The credentials were exchanged: those of a client get a token of their own; what a person has allowed stays. */
  async renewWith({ id, type }: Authorized, settings: AnySettings): Promise<void> {
    if (this.grantOf(type, settings)?.grant.kind !== 'CLIENT_CREDENTIALS') return;
    const sealed = (await this.parts.store.find(id))?.sealedTokens;
    if (sealed) await this.parts.store.expire(id, sealed);
  }

  private async tokenOf(
    id: string,
    wanted: { readonly grant: TokenGrant; readonly digest: string },
    settings: AnySettings,
    signal: AbortSignal,
  ): Promise<string> {
    const { grant, digest } = wanted;
    const stored = await this.parts.store.find(id);
    const own = stored?.grantDigest === digest ? stored : null;
    if (grant.kind === 'AUTHORIZATION_CODE' && !own?.sealedTokens) {
      throw authorizationRequired(own?.error ?? undefined);
    }
    const next = () => this.sharedRenewal(id, grant, digest, grantSecret(grant, settings.credentials));
    if (!own?.sealedTokens || !isUsable(own)) return whileWanted(next(), signal);
    const { accessToken, refreshToken } = this.open(id, own.sealedTokens);
    // Nobody has to wait for the next one while this one is accepted.
    if (!isFresh(own) && (grant.kind !== 'AUTHORIZATION_CODE' || refreshToken !== null))
      void next().catch(() => undefined);
    return accessToken;
  }

  private sharedRenewal(id: string, grant: TokenGrant, digest: string, secret: string): Promise<string> {
    const key = `${id} ${digest}`;
    const running = this.renewals.get(key);
    if (running) return running;
    const renewal = this.renew(id, grant, digest, secret);
    this.renewals.set(key, renewal);
    const forget = () => this.renewals.delete(key);
    renewal.then(forget, () => setTimeout(forget, FAILURE_MS).unref());
    return renewal;
  }

  private async renew(id: string, grant: TokenGrant, digest: string, secret: string): Promise<string> {
    const { store, box } = this.parts;
    const lease = { integrationId: id, token: newId() };
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await delay(LOOK_AGAIN_MS)) {
      const stored = await store.claim(lease, digest, LEASE_MS);
      if (!stored) {
        const others = await store.find(id);
        if (others?.grantDigest === digest && others.sealedTokens && isFresh(others)) {
          return this.open(id, others.sealedTokens).accessToken;
        }
        continue;
      }
      try {
        if (stored.sealedTokens && isFresh(stored)) {
          await store.release(lease, null);
          return this.open(id, stored.sealedTokens).accessToken;
        }
        const tokens = await this.ask(id, grant, secret, stored);
        await store.keep(lease, sealTokens(box, id, tokens));
        return tokens.accessToken;
      } catch (error) {
        const forget = error instanceof CallError && error.code === AUTHORIZATION_REQUIRED;
        const message = error instanceof CallError ? storableText(error.message.slice(0, MAX_ERROR_CHARACTERS)) : null;
        await store.release(lease, message, forget);
        throw error;
      }
    }
    const message = 'Another process asks for an access token, and does not get one.';
    throw new CallError('TIMEOUT', message, { retryable: true, fault: true });
  }

  /** A refresh token stays good when no other one comes with the answer. */
  private async ask(
    id: string,
    grant: TokenGrant,
    secret: string,
    { sealedTokens, scope }: StoredTokens,
  ): Promise<Tokens> {
    const { endpoint } = this.parts;
    if (grant.kind !== 'AUTHORIZATION_CODE') return endpoint.byItself(grant, secret);
    const refreshToken = sealedTokens && this.open(id, sealedTokens).refreshToken;
    if (!refreshToken)
      throw authorizationRequired('The access token has ended, and the service gave none to renew it with.');
    const tokens = await endpoint.refresh(grant, secret, refreshToken);
    return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken, scope: tokens.scope ?? scope };
  }

  private async expire(id: string, accessToken: string): Promise<void> {
    const sealed = (await this.parts.store.find(id))?.sealedTokens;
    if (sealed && this.open(id, sealed).accessToken === accessToken) await this.parts.store.expire(id, sealed);
  }

  private open(id: string, sealed: string) {
    return openTokens(this.parts.box, id, sealed);
  }
}

/** Others may still wait for the work. */
async function whileWanted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await untilAborted(work, signal);
  } catch (error) {
    if (error instanceof CallError || !signal.aborted) throw error;
    throw new CallError('ABORTED', 'The call was stopped.', { retryable: false, fault: false });
  }
}
