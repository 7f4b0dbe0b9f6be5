import type { Client } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import { PASSWORD_MAX_LENGTH } from '../../passwords/password-limits.ts';
import { contextWords, type PasswordOwner, type PasswordPolicy } from '../../passwords/password-policy.ts';
import type { Throttle } from '../../throttling/throttle.ts';
import type { StrengthEstimate, StrengthEstimator } from '../../passwords/strength-estimator.ts';

export interface PasswordJudgement extends StrengthEstimate {
  readonly acceptable: boolean;
  readonly problems: string[];
}

/** Strength and policy problems of a password before it is set. */
export class PasswordAdvice {
  constructor(
    private readonly policy: PasswordPolicy,
    private readonly estimator: StrengthEstimator,
    private readonly throttle: Throttle,
  ) {}

  /** Throws `badInput` if it is far too long, and RATE_LIMITED after too many calls: estimating is expensive. */
  async judge(client: Client, password: string, owner: PasswordOwner): Promise<PasswordJudgement> {
    for (const [name, value] of Object.entries({ ...owner, password })) {
      if (typeof value === 'string' && value.length > 2 * PASSWORD_MAX_LENGTH) {
        throw badInput(name, 'must have at most 1,024 characters');
      }
    }
    await this.throttle.begin('password-strength', { client });
    const problems = this.policy.problems(password, owner);
    return {
      ...(await this.estimator.estimate(password, contextWords(owner))),
      acceptable: problems.length === 0,
      problems,
    };
  }
}
