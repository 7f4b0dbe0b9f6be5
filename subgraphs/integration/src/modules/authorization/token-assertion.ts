import { CallError } from '@flowmesh/platform/resilience';
import { SignJWT } from 'jose';
import { readPrivateKey } from '../../clients/private-key.ts';
import type { TokenGrant } from '../../clients/token-grant.ts';

/** It is used at once; clocks may differ by this, too. */
const LIFE_S = 300;

/** Who the client is and what it asks for, signed with its private key (RFC 7523, 3). Throws `CallError`. */
export async function signAssertion({ clientId, scope, tokenUrl }: TokenGrant, privateKey: string): Promise<string> {
  const key = readPrivateKey(privateKey);
  if (key === null) {
    throw new CallError('AUTHENTICATION', 'The private key cannot be used.', { retryable: false, fault: false });
  }
  return new SignJWT(scope === null ? {} : { scope })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(clientId)
    .setAudience(tokenUrl)
    .setIssuedAt()
    .setExpirationTime(`${LIFE_S}s`)
    .sign(key);
}
