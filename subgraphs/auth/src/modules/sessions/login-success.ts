import type { AuthContext } from '../../context.ts';
import { existing } from '../users/existing-user.ts';
import type { SessionService } from './session-service.ts';

type SignedIn = Extract<Awaited<ReturnType<SessionService['login']>>, { __typename: 'SignedIn' }>;

/** The answer to a user who has just signed in, although the operation began anonymously. */
export async function loginSuccess({ userId, tokens, deviceToken }: SignedIn, { services, loaders }: AuthContext) {
  const user = existing(await loaders.user.load(userId));
  const mfaEnrolmentRequired = services.mfaRequired && !user.mfaEnabled;
  return {
    __typename: 'LoginSuccess' as const,
    tokens,
    deviceToken,
    mfaEnrolmentRequired,
    user: { ...user, revealed: !mfaEnrolmentRequired },
  };
}
