import { createPrivateKey, randomUUID } from 'node:crypto';
import { ACCESS_TOKEN } from '@flowmesh/platform/access';
import { createKeyRing, createSecretBox } from '@flowmesh/platform/secrets';
import { decodeJwt, SignJWT } from 'jose';
import { sql } from './databases.ts';
import type { ProductAddress } from './test-config.ts';

/** A token of the same session as `accessToken`, signed with the product's own key, that has expired a minute ago. */
export async function expiredToken(
  product: ProductAddress & { readonly environment: NodeJS.ProcessEnv },
  accessToken: string,
): Promise<string> {
  const [key] = await sql<{ id: string; sealed: string }>(
    product,
    'auth',
    'select id, sealed_private_key as sealed from signing_keys where retired_at is null and revoked_at is null',
  );
  const { id: kid, sealed } = key!;
  const box = createSecretBox(createKeyRing(product.environment.ENCRYPTION_KEY!));
  const { sub, sid } = decodeJwt(accessToken);
  const expired = Math.floor(Date.now() / 1_000) - 60;
  return new SignJWT({ sid })
    .setProtectedHeader({ alg: ACCESS_TOKEN.algorithm, typ: ACCESS_TOKEN.type, kid })
    .setIssuer(ACCESS_TOKEN.issuer)
    .setAudience(ACCESS_TOKEN.audience)
    .setSubject(sub!)
    .setJti(randomUUID())
    .setIssuedAt(expired - 300)
    .setExpirationTime(expired)
    .sign(createPrivateKey(box.open(sealed, `signing-key:${kid}`)));
}
