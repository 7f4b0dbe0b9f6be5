import { createSecretKey } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Viewer } from './viewer.ts';

/** Header and, over WebSocket, key of an operation's extensions that carry the signed viewer. */
export const VIEWER_HEADER = 'x-flowmesh-viewer';

const ISSUER = 'flowmesh-gateway';
const LIFETIME_SECONDS = 60;
/** Signatures are kept this long, so that a burst of calls for one viewer signs once. */
const REUSE_MS = 20_000;

const viewerSchema: z.ZodType<Viewer> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('anonymous') }),
  z.object({
    kind: z.literal('user'),
    userId: z.string(),
    scopes: z.array(z.string()),
    sessionId: z.string(),
    expiresAt: z.number(),
  }),
  z.object({ kind: z.literal('service'), service: z.string(), userId: z.string(), scopes: z.array(z.string()) }),
]);

export type SignViewer = (viewer: Viewer, audience: string) => Promise<string>;
export type VerifyViewer = (signed: string | undefined) => Promise<Viewer | null>;

/** Signs who asks, for one subgraph and a minute: HS256 (RFC 7515) with the secret all processes share. */
export function createViewerSigner(secret: string): SignViewer {
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
  const recent = new WeakMap<Viewer, Map<string, { signed: Promise<string>; until: number }>>();
  return (viewer, audience) => {
    let byAudience = recent.get(viewer);
    if (!byAudience) recent.set(viewer, (byAudience = new Map()));
    const kept = byAudience.get(audience);
    if (kept && kept.until > Date.now()) return kept.signed;
    const signed = new SignJWT({ viewer })
      .setProtectedHeader({ alg: 'HS256', typ: 'viewer+jwt' })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS} s`)
      .sign(key);
    byAudience.set(audience, { signed, until: Date.now() + REUSE_MS });
    return signed;
  };
}

/** Null for anything that was not signed with this secret, for this audience, within the last minute. */
export function createViewerVerifier(secret: string, audience: string): VerifyViewer {
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
  return async (signed) => {
    if (!signed) return null;
    try {
      const { payload } = await jwtVerify(signed, key, {
        algorithms: ['HS256'],
        typ: 'viewer+jwt',
        issuer: ISSUER,
        audience,
        clockTolerance: 5,
      });
      const parsed = viewerSchema.safeParse(payload.viewer);
      return parsed.success ? parsed.data : null;
    } catch {
      return null;
    }
  };
}
