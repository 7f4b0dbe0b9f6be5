import type { JSONWebKeySet } from 'jose';
import { Pool } from 'undici';
import { z } from 'zod';
import { VIEWER_HEADER, type IdentityProvider, type SignViewer, type Viewer } from '@flowmesh/platform/access';
import { unavailable } from '@flowmesh/platform/errors';

const SELF: Viewer = { kind: 'service', service: 'gateway', userId: 'gateway', scopes: [] };
const TIMEOUT_MS = 3_000;

const sessionSchema = z.object({ userId: z.string(), scopes: z.array(z.string()) });
const keysSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** The auth service in another process. A question it does not answer is an error: the door stays closed. */
export function createRemoteIdentity(
  url: string,
  signViewer: SignViewer,
): IdentityProvider & { close(): Promise<void> } {
  const pool = new Pool(new URL(url).origin, { connections: 16, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });

  const get = async (path: string): Promise<unknown> => {
    try {
      const headers = { [VIEWER_HEADER]: await signViewer(SELF, 'auth'), accept: 'application/json' };
      const { statusCode, body } = await pool.request({ method: 'GET', path, headers });
      if (statusCode === 404) {
        await body.dump();
        return null;
      }
      if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
      return await body.json();
    } catch {
      throw unavailable('The auth service does not answer; try again.');
    }
  };

  return {
    jwks: async () => keysSchema.parse(await get('/.well-known/jwks.json')) as JSONWebKeySet,
    session: async (sessionId) => {
      const state = await get(`/internal/sessions/${encodeURIComponent(sessionId)}`);
      return state === null ? null : sessionSchema.parse(state);
    },
    close: () => pool.destroy(),
  };
}
