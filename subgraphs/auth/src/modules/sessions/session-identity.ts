import type { IdentityProvider } from '@flowmesh/platform/access';
import type { SigningKeys } from '../../keys/signing-keys.ts';
import { isId } from '../users/user-input.ts';
import type { SessionStore } from './session-store.ts';

/** What the gateway asks of auth: at most once a second for each session, so a session's end counts within a second. */
export function createIdentity(store: SessionStore, keys: SigningKeys): IdentityProvider {
  return {
    jwks: () => keys.jwks(),
    session: async (sessionId) => (isId(sessionId) ? store.state(sessionId) : null),
  };
}
