import type { GuardedHttp } from '@flowmesh/platform/http';
import { GuardedHttpError, retryAfterMs } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';
import { oneLine } from '@flowmesh/platform/validation';
import { Mask } from '@flowmesh/platform/secrets';
import * as oauth from 'oauth4webapi';
import { connectionFailure } from '../../clients/http/http-failure.ts';
import type { TokenGrant } from '../../clients/token-grant.ts';
import { signAssertion } from './token-assertion.ts';
import type { Tokens } from './token-record.ts';

const DEADLINE_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_TOKEN_CHARACTERS = 20_000;
const MAX_MESSAGE_CHARACTERS = 500;
/** What an endpoint asks for beyond is not believed. */
const LONGEST_WAIT_MS = 3_600_000;

/** The refresh token is not good any more: somebody has to allow it again. */
export const AUTHORIZATION_REQUIRED = 'AUTHORIZATION_REQUIRED';

export interface CodeExchange {
  /** What the authorization endpoint has given to the address it redirected to, checked already. */
  readonly parameters: URLSearchParams;
  readonly redirectUri: string;
  readonly verifier: string;
}

export const authorizationServer = ({ tokenUrl, authorizationUrl }: TokenGrant): oauth.AuthorizationServer => ({
  issuer: new URL(tokenUrl).origin,
  token_endpoint: tokenUrl,
  ...(authorizationUrl === null ? {} : { authorization_endpoint: authorizationUrl }),
});

export const clientOf = ({ clientId }: TokenGrant): oauth.Client => ({ client_id: clientId });

/** As HTML forms encode (RFC 6749, appendix B), and not more: many servers take id and secret as they come. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);

/** RFC 6749, 2.3.1. */
const basic =
  (secret: string): oauth.ClientAuth =>
  (_as, { client_id: id }, _body, headers) => {
    const credentials = Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64');
    headers.set('authorization', `Basic ${credentials}`);
  };

function clientAuthentication({ clientAuthentication: way }: TokenGrant, secret: string): oauth.ClientAuth {
  if (way === 'NONE') return oauth.None();
  return way === 'BASIC' ? basic(secret) : oauth.ClientSecretPost(secret);
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** The assertion says who the client is. */
const unsaid: oauth.ClientAuth = () => undefined;

/** Statuses whose answers have no body. */
const NO_BODY = new Set([204, 205, 304]);

/**
 * An answer that was read to its end. Who somebody is was not asked: an ID token that comes along is no concern, and its
 * issuer is not known here. Throws `CallError` when the endpoint does not work, or is asked too often.
 */
async function readToTheEnd(response: Response): Promise<Response> {
  const text = await response.text();
  const { status, headers } = response;
  if (status === 429 || status >= 500) throw overloaded(status, headers.get('retry-after'));
  if (NO_BODY.has(status)) return new Response(null, { status, headers });
  try {
    const fields = JSON.parse(text) as Record<string, unknown>;
    delete fields['id_token'];
    return new Response(JSON.stringify(fields), { status, headers });
  } catch {
    return new Response(text, { status, headers });
  }
}

function overloaded(status: number, retryAfter: string | null): CallError {
  const asked = retryAfterMs(retryAfter);
  const wait = asked === undefined ? {} : { retryAfterMs: Math.min(asked, LONGEST_WAIT_MS) };
  const [code, fault] = status === 429 ? ['TOO_MANY_REQUESTS', false] : ['HTTP_STATUS', true];
  const message = `The token endpoint answered ${status}.`;
  return new CallError(code as string, message, { retryable: true, fault: fault as boolean, ...wait });
}

/** Asks the token endpoints of integrations. Throws `CallError`, of whose message the secrets are masked. */
export class TokenEndpoint {
  constructor(private readonly http: GuardedHttp) {}

  /** For grants that need no person. `secret`: of the client, or its private key. */
  byItself(grant: TokenGrant, secret: string): Promise<Tokens> {
    return grant.kind === 'JWT_BEARER' ? this.jwtBearer(grant, secret) : this.clientCredentials(grant, secret);
  }

  private async jwtBearer(grant: TokenGrant, privateKey: string): Promise<Tokens> {
    const assertion = await signAssertion(grant, privateKey);
    return this.request(grant, privateKey, [assertion], async (as, client, _authentication, options) => {
      const parameters = { assertion };
      const answer = await oauth.genericTokenEndpointRequest(as, client, unsaid, JWT_BEARER, parameters, options);
      return oauth.processGenericTokenEndpointResponse(as, client, answer);
    });
  }

  private clientCredentials(grant: TokenGrant, secret: string): Promise<Tokens> {
    return this.request(grant, secret, [], async (as, client, authentication, options) => {
      const parameters = { ...grant.parameters, ...(grant.scope === null ? {} : { scope: grant.scope }) };
      const answer = await oauth.clientCredentialsGrantRequest(as, client, authentication, parameters, options);
      return oauth.processClientCredentialsResponse(as, client, answer);
    });
  }

  refresh(grant: TokenGrant, secret: string, refreshToken: string): Promise<Tokens> {
    return this.request(grant, secret, [refreshToken], async (as, client, authentication, options) => {
      const answer = await oauth.refreshTokenGrantRequest(as, client, authentication, refreshToken, options);
      return oauth.processRefreshTokenResponse(as, client, answer);
    });
  }

  exchange(grant: TokenGrant, secret: string, { parameters, redirectUri, verifier }: CodeExchange): Promise<Tokens> {
    const secrets = [verifier, parameters.get('code') ?? ''];
    return this.request(grant, secret, secrets, async (as, client, authentication, options) => {
      const answer = await oauth.authorizationCodeGrantRequest(
        ...([as, client, authentication, parameters, redirectUri, verifier, options] as const),
      );
      return oauth.processAuthorizationCodeResponse(as, client, answer);
    });
  }

  private async request(
    grant: TokenGrant,
    secret: string,
    otherSecrets: readonly string[],
    ask: (
      as: oauth.AuthorizationServer,
      client: oauth.Client,
      authentication: oauth.ClientAuth,
      options: oauth.TokenEndpointRequestOptions,
    ) => Promise<oauth.TokenEndpointResponse>,
  ): Promise<Tokens> {
    const send = this.http.fetchWith({ deadlineMs: DEADLINE_MS, maxBytes: MAX_ANSWER_BYTES });
    const options: oauth.TokenEndpointRequestOptions = {
      [oauth.customFetch]: async (url, init) => readToTheEnd(await send(url, init as RequestInit)),
      // Whether http will do is a question of the operator's address rules.
      [oauth.allowInsecureRequests]: true,
    };
    try {
      const askedAt = Date.now();
      const authentication = clientAuthentication(grant, secret);
      const answer = await ask(authorizationServer(grant), clientOf(grant), authentication, options);
      return toTokens(answer, askedAt);
    } catch (error) {
      throw toCallError(error, grant, maskOf([secret, ...otherSecrets]));
    }
  }
}

function toTokens(answer: oauth.TokenEndpointResponse, askedAt: number): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken = null, scope = null, expires_in: seconds } = answer;
  const tooLong = [accessToken, refreshToken ?? '', scope ?? ''].some(({ length }) => length > MAX_TOKEN_CHARACTERS);
  // The access token is sent in a header, and the scope is shown.
  const readable = /^[\x21-\x7e]+$/.test(accessToken) && /^[\x20-\x7e]*$/.test(scope ?? '');
  if (tooLong || !readable || answer.token_type !== 'bearer') {
    throw failure('INVALID_OUTPUT', 'The token endpoint gave a token that cannot be used.');
  }
  if (seconds === undefined) return { accessToken, refreshToken, scope, expiresAt: null, renewAt: null };
  const expires = Math.min(askedAt + seconds * 1000, LATEST);
  const renewAt = new Date(expires - Math.min(MARGIN_MS, (expires - askedAt) / 4));
  return { accessToken, refreshToken, scope, expiresAt: new Date(expires), renewAt };
}

const maskOf = (secrets: readonly string[]): Mask =>
  new Mask(Object.fromEntries(secrets.map((secret, at) => [String(at), secret])), []);

const LATEST = Date.parse('9000-01-01');
/** So long before its end a token is renewed; a short-lived one after three quarters of its life. */
const MARGIN_MS = 30_000;

const failure = (code: string, message: string, cause?: unknown) =>
  new CallError(code, message, { retryable: false, fault: false, cause });

/** Words of somebody else, on one line, fit to be stored and shown. */
export const plainWords = (text: string): string => oneLine(text, MAX_MESSAGE_CHARACTERS);

/** RFC 6749, 5.2: a code, and perhaps words. Nobody can allow again what a key is refused for. */
function refusal(
  cause: Error,
  { kind }: TokenGrant,
  { error, error_description: words }: { readonly error?: string; readonly error_description?: string },
  mask: Mask,
): CallError {
  const reason = error === undefined ? 'the client is not accepted' : `${error}${words ? ` (${words})` : ''}`;
  const code = error === 'invalid_grant' && kind !== 'JWT_BEARER' ? AUTHORIZATION_REQUIRED : 'TOKEN_REFUSED';
  return failure(code, `The token endpoint refused: ${plainWords(mask.text(reason))}.`, cause);
}

function toCallError(error: unknown, grant: TokenGrant, mask: Mask): Error {
  if (error instanceof CallError) return error;
  if (error instanceof GuardedHttpError) return connectionFailure(error, true);
  if (error instanceof oauth.ResponseBodyError) return refusal(error, grant, error, mask);
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    return refusal(error, grant, error.cause[0]?.parameters ?? {}, mask);
  }
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
    const message = `The answer of the token endpoint cannot be used: ${plainWords(mask.text(error.message))}.`;
    return failure('INVALID_OUTPUT', message, error);
  }
  return error as Error;
}
