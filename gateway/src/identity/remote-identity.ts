import type { JSONWebKeySet } from 'jose';
import { Pool } from 'undici';
import { z } from 'zod';
import { VIEWER_HEADER, type IdentityProvider, type SignViewer, type Viewer } from '@flowmesh/platform/access';
import { PublicError, unavailable } from '@flowmesh/platform/errors';
import { serviceAddress } from '@flowmesh/platform/federation';
import { warnSeldom, type Logger } from '@flowmesh/platform/logging';
import { NoAnswerError, type ServiceCalls } from '@flowmesh/platform/resilience';

const SELF: Viewer = { kind: 'service', service: 'gateway', userId: 'gateway', scopes: [] };
const TIMEOUT_MS = 3_000;

const sessionSchema = z.object({
  userId: z.string(),
  scopes: z.array(z.string()),
  roleIds: z.array(z.string()).optional(),
  recentUntil: z.number(),
  mfaEnrolmentRequired: z.boolean(),
});
const sessionsSchema = z.object({ sessions: z.array(sessionSchema.nullable()) });
const apiKeySchema = z.object({
  keyId: z.string(),
  userId: z.string(),
  principal: z.enum(['user', 'service-account']),
  scopes: z.array(z.string()),
  roleIds: z.array(z.string()).optional(),
  expiresAt: z.number(),
});
const apiKeysSchema = z.object({ apiKeys: z.array(apiKeySchema.nullable()) });
const keysSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * The auth service in another process. If it does not answer a lookup, the error is UNAVAILABLE, and access is refused.
 * Clients only learn that it does not answer; the reason is in the log. `calls` is how the service is called.
 */
export function createRemoteIdentity(
  url: string,
  signViewer: SignViewer,
  calls: ServiceCalls,
  logger: Logger,
): IdentityProvider & { close(): Promise<void> } {
  const { origin, prefix } = serviceAddress(url);
  // The deadline of the call is the only one.
  const pool = new Pool(origin, { connections: 16, headersTimeout: 0, bodyTimeout: 0 });

  const ask = async (path: string, question?: object): Promise<unknown> => {
    const headers = {
      [VIEWER_HEADER]: signViewer(SELF, 'auth'),
      accept: 'application/json',
      ...(question && { 'content-type': 'application/json' }),
    };
    const body = question ? JSON.stringify(question) : null;
    const send = async (signal: AbortSignal) => {
      try {
        const reply = await pool.request({
          method: question ? 'POST' : 'GET',
          path: `${prefix}${path}`,
          headers,
          body,
          signal,
        });
        return { status: reply.statusCode, text: await reply.body.text() };
      } catch (error) {
        throw new NoAnswerError(error);
      }
    };
    try {
      const { status, text } = await calls.run(send, { timeoutMs: TIMEOUT_MS });
      if (status !== 200) throw new Error(`HTTP ${status}`);
      return JSON.parse(text) as unknown;
    } catch (error) {
      if (error instanceof PublicError) throw error;
      throw failed(
        error instanceof NoAnswerError ? error.cause : error,
        'The auth service does not answer; try again.',
      );
    }
  };
  const warnOfSilence = warnSeldom(logger, 'a subgraph does not answer');
  const failed = (reason: unknown, message: string) => {
    warnOfSilence({ err: reason, subgraph: 'auth' });
    return unavailable(message);
  };
  /** An answer of this form, with one entry per lookup. */
  const understood = <T>(schema: z.ZodType<T>, answer: unknown, fits: (value: T) => boolean): T => {
    const parsed = schema.safeParse(answer);
    if (parsed.success && fits(parsed.data)) return parsed.data;
    throw failed(parsed.error ?? new Error('another number of answers than of questions'), STRANGE_ANSWER);
  };

  return {
    jwks: async () => understood(keysSchema, await ask('/.well-known/jwks.json'), () => true) as JSONWebKeySet,
    sessions: async (questions) => {
      const answer = await ask('/internal/sessions', { sessions: questions });
      return understood(sessionsSchema, answer, ({ sessions }) => sessions.length === questions.length).sessions;
    },
    apiKeys: async (hashes) => {
      const answer = await ask('/internal/api-keys', { hashes });
      return understood(apiKeysSchema, answer, ({ apiKeys }) => apiKeys.length === hashes.length).apiKeys;
    },
    close: () => pool.destroy(),
  };
}

const STRANGE_ANSWER = 'The auth service gave an answer that cannot be used; try again.';
