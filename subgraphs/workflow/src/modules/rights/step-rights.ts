import { scopeCovers } from '@flowmesh/platform/access';
import { StepFailure, StepWait, type RightsPort } from '../executions/step-types/step-type.ts';
import type { StarterRights } from '../executions/starter-rights.ts';
import type { CurrentUsers } from './current-users.ts';

/** How long a step waits for its starter to be reactivated, where the execution is not paused for that. */
const MAX_SUSPENDED_MS = 86_400_000;

/** What a step may do: what whoever started its execution could then, and can now. */
export class StepRights implements RightsPort {
  constructor(private readonly users: Pick<CurrentUsers, 'user' | 'isRevoked'>) {}

  /**
   * What was so a second ago counts only where it takes nothing away: whoever has got a right back need not wait for the
   * memory of a process.
   */
  async now(userId: string, then: StarterRights): Promise<StarterRights> {
    const lately = await this.look(userId, then, true);
    if (lately && isAll(lately, then)) return lately;
    const now = await this.look(userId, then, false);
    if (now) return now;
    throw new StepFailure('FORBIDDEN', 'The API key with which the execution was started was revoked.', false);
  }

  /** Null when the key was revoked. */
  private async look(userId: string, then: StarterRights, lately: boolean): Promise<StarterRights | null> {
    const [user, isRevoked] = await Promise.all([
      this.users.user(userId, { lately }),
      then.keyId === null ? false : this.users.isRevoked(then.keyId, { lately }),
    ]);
    if (isRevoked) return null;
    if (user?.status === 'ACTIVE') {
      return {
        scopes: then.scopes.filter((scope) => user.scopes.some((held) => scopeCovers(held, scope))),
        roleIds: then.roleIds.filter((id) => user.roleIds.includes(id)),
        keyId: then.keyId,
      };
    }
    if (lately) return null;
    if (user?.status === 'SUSPENDED') {
      const reason = 'The user who started the execution is suspended.';
      throw new StepWait('auth', {
        ...{ reason, code: 'STARTER_SUSPENDED' },
        ...{ retryAfterMs: null, maxWaitMs: MAX_SUSPENDED_MS },
      });
    }
    throw new StepFailure('FORBIDDEN', 'The user who started the execution does not exist any more.', false);
  }
}

const isAll = (now: StarterRights, then: StarterRights): boolean =>
  now.scopes.length === then.scopes.length && now.roleIds.length === then.roleIds.length;
