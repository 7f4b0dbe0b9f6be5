/** How access tokens of OAuth 2 are obtained (RFC 6749), as the settings of an integration say. */
export interface TokenGrant {
  /**
   * AUTHORIZATION_CODE needs a person once, who allows it (4.1, with PKCE); CLIENT_CREDENTIALS does not (4.4), nor does
   * JWT_BEARER, where the client signs who it is with its private key (RFC 7523, 2.1).
   */
  readonly kind: 'CLIENT_CREDENTIALS' | 'AUTHORIZATION_CODE' | 'JWT_BEARER';
  readonly tokenUrl: string;
  /** Where people allow it; only of AUTHORIZATION_CODE. */
  readonly authorizationUrl: string | null;
  readonly clientId: string;
  /** How the client proves who it is: by header, in the body, or not at all. */
  readonly clientAuthentication: 'BASIC' | 'POST' | 'NONE';
  readonly scope: string | null;
  /** Sent besides: to the token endpoint by CLIENT_CREDENTIALS, to the authorization endpoint by AUTHORIZATION_CODE. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Under these names the credentials have what a client proves itself with. */
export const grantSecret = (
  { kind }: Pick<TokenGrant, 'kind'>,
  credentials: Readonly<Record<string, string>>,
): string => credentials[kind === 'JWT_BEARER' ? 'privateKey' : 'clientSecret'] ?? '';

/** Under this name the access token joins the credentials of a call. */
export const ACCESS_TOKEN = 'accessToken';
/** `CallError` of a service that does not accept the access token: another token may help. */
export const TOKEN_NOT_ACCEPTED = 'TOKEN_NOT_ACCEPTED';
