import { createSecretKey } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { NO_CLIENT, type Client } from './client.ts';
import { signToken, verifyToken, type TokenKind } from './jwt.ts';
import type { Viewer } from './viewer.ts';

/** Header and, over WebSocket, key of an operation's extensions that carry the signed viewer. */
export const VIEWER_HEADER = 'x-flowmesh-viewer';

const SIGNED_VIEWER: TokenKind = {
  algorithm: 'HS256',
  type: 'viewer+jwt',
  issuer: 'flowmesh-gateway',
  lifetimeSeconds: 60,
};
/** Signatures are cached this long, so that a burst of calls for one viewer needs one. */
const REUSE_MS = 20_000;
/** Cached signatures per viewer: one for each subgraph and client address. */
const KEPT_SIGNATURES = 64;

const viewerSchema: z.ZodType<Viewer> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('anonymous') }),
  z.object({
    kind: z.literal('user'),
    userId: z.string(),
    scopes: z.array(z.string()),
    roleIds: z.array(z.string()).optional(),
    sessionId: z.string(),
    expiresAt: z.number(),
    recentUntil: z.number().optional(),
    mfaEnrolmentRequired: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal('api-key'),
    keyId: z.string(),
    userId: z.string(),
    principal: z.enum(['user', 'service-account']),
    scopes: z.array(z.string()),
    roleIds: z.array(z.string()).optional(),
    expiresAt: z.number(),
  }),
  z.object({
    kind: z.literal('service'),
    service: z.string(),
    userId: z.string(),
    scopes: z.array(z.string()),
    roleIds: z.array(z.string()).optional(),
    workflowId: z.string().optional(),
    workflowExecutionId: z.string().optional(),
    agentId: z.string().optional(),
  }),
]);

const clientSchema: z.ZodType<Client> = z.object({
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
});

/** Content of one signature. */
export interface SignedCall {
  readonly viewer: Viewer;
  readonly client: Client;
}

const signedCallSchema: z.ZodType<SignedCall> = z.object({ viewer: viewerSchema, client: clientSchema });

export type SignViewer = (viewer: Viewer, audience: string, client?: Client) => string;
export type VerifyViewer = (signed: string | undefined) => SignedCall | null;

/** Signs viewer and client for one subgraph; valid for a minute: HS256 (RFC 7515) with the shared secret. */
export function createViewerSigner(secret: string): SignViewer {
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
  const recent = new WeakMap<Viewer, LRUCache<string, string>>();
  return (viewer, audience, client = NO_CLIENT) => {
    let signatures = recent.get(viewer);
    if (!signatures) recent.set(viewer, (signatures = new LRUCache({ max: KEPT_SIGNATURES, ttl: REUSE_MS })));
    const id = JSON.stringify([audience, client.address, client.userAgent]);
    const kept = signatures.get(id);
    if (kept) return kept;
    const iat = Math.floor(Date.now() / 1_000);
    const claims = { viewer, client, iat, exp: iat + SIGNED_VIEWER.lifetimeSeconds };
    const signed = signToken(claims, key, SIGNED_VIEWER, { audience });
    signatures.set(id, signed);
    return signed;
  };
}

/** Null for anything that was not signed with this secret, for this audience, within the last minute. */
export function createViewerVerifier(secret: string, audience: string): VerifyViewer {
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
  return (signed) => {
    if (!signed) return null;
    try {
      const parsed = signedCallSchema.safeParse(verifyToken(signed, key, SIGNED_VIEWER, audience));
      return parsed.success ? parsed.data : null;
    } catch {
      return null;
    }
  };
}
