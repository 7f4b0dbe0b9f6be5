import { ANONYMOUS, NO_CLIENT } from '@flowmesh/platform/access';
import type { AccountAlerts } from '../modules/account-alerts/account-alerts.ts';
import type { AuditService } from '../modules/audit/audit-service.ts';
import type { Counters } from './throttle-counters.ts';
import { Throttle } from './throttle.ts';

/** A throttle that records lock-outs in the audit log, and alerts users whose password was guessed at. */
export const createThrottle = (
  counters: Counters,
  audit: AuditService,
  alerts: Pick<AccountAlerts, 'guessedAt'>,
): Throttle =>
  new Throttle(counters.counterOf, async (attempt, counter, { userId, client = NO_CLIENT }) => {
    await audit.record(
      { viewer: ANONYMOUS, client },
      {
        action: 'user.locked_out',
        outcome: 'DENIED',
        target: userId === undefined ? null : { type: 'USER', id: userId },
        details: { attempt, counter },
      },
    );
    if (userId !== undefined && counter === 'account') alerts.guessedAt(userId);
  });
