import type { SecretBox } from '@flowmesh/platform/secrets';
import type { KeptTokens } from './token-store.ts';
import type { Tokens } from './token-record.ts';

type Secrets = Pick<Tokens, 'accessToken' | 'refreshToken'>;

const tokensContext = (integrationId: string): string => `integration-tokens:${integrationId}`;
export const verifierContext = (stateHash: string): string => `integration-authorization:${stateHash}`;

export function sealTokens(box: SecretBox, integrationId: string, tokens: Tokens): KeptTokens {
  const { accessToken, refreshToken, scope, expiresAt, renewAt } = tokens;
  const secrets: Secrets = { accessToken, refreshToken };
  return { sealedTokens: box.seal(JSON.stringify(secrets), tokensContext(integrationId)), scope, expiresAt, renewAt };
}

export const openTokens = (box: SecretBox, integrationId: string, sealed: string): Secrets =>
  JSON.parse(box.open(sealed, tokensContext(integrationId))) as Secrets;
