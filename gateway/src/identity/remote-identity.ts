import type { JSONWebKeySet } from 'jose';
import { Pool } from 'undici';
import { z } from 'zod';
import { VIEWER_HEADER, type IdentityProvider, type SignViewer, type Viewer } from '@flowmesh/platform/access';
import { unavailable } from '@flowmesh/platform/errors';

const SELF: Viewer = { kind: 'service', service: 'gateway', userId: 'gateway', scopes: [] };
const TIMEOUT_MS = 3_000;

const sessionSchema = z.object({ userId: z.string(), scopes: z.array(z.string()), recentUntil: z.number() });
const sessionsSchema = z.object({ sessions: z.array(sessionSchema.nullable()) });
const apiKeySchema = z.object({
  keyId: z.string(),
  userId: z.string(),
  principal: z.enum(['user', 'service-account']),
  scopes: z.array(z.string()),
  expiresAt: z.number(),
});
const apiKeysSchema = z.object({ apiKeys: z.array(apiKeySchema.nullable()) });
const keysSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** The auth service in another process. A question it does not answer is an error: the door stays closed. */
export function createRemoteIdentity(
  url: string,
  signViewer: SignViewer,
): IdentityProvider & { close(): Promise<void> } {
  const pool = new Pool(new URL(url).origin, { connections: 16, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });

  const ask = async (path: string, question?: object): Promise<unknown> => {
    try {
      const { statusCode, body } = await pool.request({
        method: question ? 'POST' : 'GET',
        path,
        headers: {
          [VIEWER_HEADER]: await signViewer(SELF, 'auth'),
          accept: 'application/json',
          ...(question && { 'content-type': 'application/json' }),
        },
        body: question ? JSON.stringify(question) : null,
      });
      if (statusCode === 200) return await body.json();
      await body.dump();
      throw new Error(`HTTP ${statusCode}`);
    } catch {
      throw unavailable('The auth service does not answer; try again.');
    }
  };

  return {
    jwks: async () => keysSchema.parse(await ask('/.well-known/jwks.json')) as JSONWebKeySet,
    sessions: async (questions) => {
      const { sessions } = sessionsSchema.parse(await ask('/internal/sessions', { sessions: questions }));
      if (sessions.length !== questions.length) throw unavailable('The auth service has answered something else.');
      return sessions;
    },
    apiKeys: async (hashes) => {
      const { apiKeys } = apiKeysSchema.parse(await ask('/internal/api-keys', { hashes }));
      if (apiKeys.length !== hashes.length) throw unavailable('The auth service has answered something else.');
      return apiKeys;
    },
    close: () => pool.destroy(),
  };
}
