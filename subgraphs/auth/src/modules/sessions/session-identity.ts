import type { IdentityProvider, SessionQuestion } from '@flowmesh/platform/access';
import type { Logger } from '@flowmesh/platform/logging';
import type { SigningKeys } from '../../keys/signing-keys.ts';
import type { ApiKeyStore } from '../api-keys/api-key-store.ts';
import { isId } from '../users/user-input.ts';
import type { SessionStore } from './session-store.ts';

/**
 * Answers the gateway's constant lookups: which sessions and API keys are valid, and what they may do. A lookup counts
 * as use of the session, which is recorded at most once a minute, without delaying the answer.
 */
export function createIdentity(
  store: SessionStore,
  apiKeys: ApiKeyStore,
  keys: SigningKeys,
  logger: Logger,
): IdentityProvider {
  return {
    jwks: () => keys.jwks(),
    sessions: async (questions) => {
      const states = await store.states(questions.map(storable));
      const unrecorded = states.flatMap((state) => (state?.unrecorded ? [state.sessionId] : []));
      if (unrecorded.length > 0) {
        store.touch(unrecorded).catch((error: unknown) => logger.debug({ err: error }, 'last use was not recorded'));
      }
      return states.map((state) => {
        if (!state) return null;
        const { userId, scopes, roleIds, recentUntil, mfaEnrolmentRequired } = state;
        return { userId, scopes, roleIds, recentUntil, mfaEnrolmentRequired };
      });
    },
    apiKeys: async (hashes) => {
      const states = await apiKeys.states(hashes);
      return states.map((noted) => {
        if (!noted) return null;
        const { noted: usedAnew, ...state } = noted;
        if (usedAnew) logger.info({ apiKeyId: state.keyId, userId: state.userId }, 'API key in use');
        return state;
      });
    },
  };
}

/** An id that cannot be stored belongs to no session. */
const storable = (question: SessionQuestion): SessionQuestion =>
  isId(question.sessionId) && isId(question.tokenId) ? question : { sessionId: '', tokenId: '' };
