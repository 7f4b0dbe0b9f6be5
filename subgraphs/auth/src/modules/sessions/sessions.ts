import type { AuthDomain } from '../../domain.ts';
import type { Foundations } from '../../foundations.ts';
import type { AccessTokens } from '../../keys/access-tokens.ts';
import type { MfaService } from '../mfa/mfa-service.ts';
import type { UserStore } from '../users/user-store.ts';
import { SessionListService } from './session-list-service.ts';
import { SessionListStore } from './session-list-store.ts';
import type { SessionLimits } from './session-record.ts';
import { SessionService } from './session-service.ts';
import { SessionStore } from './session-store.ts';
import { TokenService } from './token-service.ts';

export interface SessionsParts {
  readonly users: UserStore;
  readonly mfa: MfaService;
  readonly accessTokens: AccessTokens;
  readonly limits: SessionLimits;
}

/** Sign-in, sessions and their tokens. */
export function createSessions(
  { pool, prisma, logger }: AuthDomain,
  foundations: Foundations,
  { users, mfa, accessTokens, limits }: SessionsParts,
) {
  const store = new SessionStore(pool, limits);
  return {
    store,
    services: {
      sessions: new SessionService({ ...foundations, store, users, mfa, accessTokens, logger }),
      sessionList: new SessionListService({
        ...foundations,
        list: new SessionListStore(prisma, limits),
        store,
        limits,
      }),
      tokens: new TokenService({ ...foundations, store, accessTokens }),
    },
    removeExpired: async (limit: number) => {
      const removed = await store.removeEnded(limit);
      if (removed > 0) logger.info({ removed }, 'ended sessions removed');
      await store.removeExpiredTokens();
    },
  };
}
