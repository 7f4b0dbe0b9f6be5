import { createHmac } from 'node:crypto';
import type { InvalidField } from '@flowmesh/platform/validation';
import { headerCredentialProblems } from '../header-credential.ts';
import type { Settings } from '../integration-client.ts';
import { ACCESS_TOKEN } from '../token-grant.ts';
import type { HttpConfiguration } from './http-configuration.ts';
import { percentEncoded } from './http-parameters.ts';

/** A request before it says who it is from. */
export interface Unsigned {
  readonly url: URL;
  readonly body: string | Buffer | undefined;
}

type HttpSettings = Settings<HttpConfiguration>;

const basic = (username: string, password: string) => Buffer.from(`${username}:${password}`).toString('base64');

/** The others keep the form they have, which `searchParams` would change. */
function replaceInQuery(url: URL, name: string, value: string): void {
  const isOther = (pair: string) => !new URLSearchParams(pair).has(name);
  const others = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && isOther(pair));
  url.search = [...others, `${percentEncoded(name)}=${percentEncoded(value)}`].join('&');
}

/** Adds who the request is from: headers, or a parameter of the address. */
export function authenticate(
  { url, body = '' }: Unsigned,
  { configuration: { authentication }, credentials }: HttpSettings,
): Record<string, string> {
  const { password = '', token = '', apiKey = '', secret = '' } = credentials;
  switch (authentication.type) {
    case 'NONE':
      return {};
    case 'BASIC':
      return { authorization: `Basic ${basic(authentication.username, password)}` };
    case 'BEARER':
      return { authorization: `Bearer ${token}` };
    case 'API_KEY':
      if (authentication.in === 'HEADER') return { [authentication.name.toLowerCase()]: apiKey };
      replaceInQuery(url, authentication.name, apiKey);
      return {};
    case 'OAUTH2_CLIENT_CREDENTIALS':
    case 'OAUTH2_AUTHORIZATION_CODE':
      return { authorization: `Bearer ${credentials[ACCESS_TOKEN] ?? ''}` };
    case 'HMAC': {
      const { algorithm, encoding, header, prefix, timestampHeader } = authentication;
      const seconds = String(Math.floor(Date.now() / 1000));
      const before = timestampHeader === undefined ? '' : `${seconds}.`;
      const signature = createHmac(algorithm, secret).update(before).update(body).digest(encoding);
      return {
        [header.toLowerCase()]: `${prefix}${signature}`,
        ...(timestampHeader === undefined ? {} : { [timestampHeader.toLowerCase()]: seconds }),
      };
    }
  }
}

/** A credential that is sent as it is in a header must be one that a header can hold; others are encoded, or sign. */
export function credentialProblems(
  { authentication }: HttpConfiguration,
  credentials: HttpSettings['credentials'],
): InvalidField[] {
  if (authentication.type === 'BEARER') return headerCredentialProblems('token', credentials);
  const isHeader = authentication.type === 'API_KEY' && authentication.in === 'HEADER';
  return isHeader ? headerCredentialProblems('apiKey', credentials) : [];
}

/** Forms of credentials in requests that are made of more than the credential. */
export function sentForms({ configuration: { authentication }, credentials }: HttpSettings): string[] {
  return authentication.type === 'BASIC' ? [basic(authentication.username, credentials['password'] ?? '')] : [];
}
