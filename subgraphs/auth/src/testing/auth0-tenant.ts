import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import type { Auth0Config } from '../modules/auth0/auth0-config.ts';

const PATH = '/.well-known/jwks.json';

export interface TenantKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** A test double of an Auth0 tenant: serves its keys, and signs ID tokens of the same form. */
export class Auth0Tenant {
  /** How often its keys were requested. */
  requests = 0;
  /** A response instead of the keys. */
  answer: ((response: ServerResponse) => void) | null = null;
  key: TenantKey;

  private constructor(
    private readonly service: HttpDouble,
    key: TenantKey,
    readonly config: Auth0Config,
  ) {
    this.key = key;
  }

  static async start(): Promise<Auth0Tenant> {
    const key = await newKey('key-1');
    const service = await HttpDouble.start(({ path }, response) => tenant.serve(path, response));
    const tenant: Auth0Tenant = new Auth0Tenant(service, key, {
      issuer: 'https://tenant.auth0.test/',
      clientId: 'client-of-the-tests',
      jwksUrl: `${service.url}${PATH}`,
    });
    return tenant;
  }

  /** The claims of a valid token of a new person, overridden by those given. Undefined removes a claim. */
  claims(given: JWTPayload = {}): JWTPayload {
    const now = Math.floor(Date.now() / 1_000);
    const person = randomUUID();
    return {
      iss: this.config.issuer,
      aud: this.config.clientId,
      sub: `auth0|${person}`,
      iat: now,
      exp: now + 36_000,
      email: `person-${person}@example.org`,
      email_verified: true,
      given_name: 'Ada',
      family_name: 'Lovelace',
      // Makes each token unique.
      sid: `session-${person}`,
      ...given,
    };
  }

  token(given: JWTPayload = {}, { key = this.key, header = {} }: { key?: TenantKey; header?: object } = {}) {
    return new SignJWT(this.claims(given))
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.kid, ...header })
      .sign(key.privateKey);
  }

  stop(): Promise<void> {
    return this.service.stop();
  }

  private serve(url: string, response: ServerResponse): void {
    if (url !== PATH) return void response.writeHead(404).end();
    this.requests += 1;
    if (this.answer) return this.answer(response);
    sendJson(response, { keys: [this.key.publicJwk] });
  }
}

export async function newKey(kid: string): Promise<TenantKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}
