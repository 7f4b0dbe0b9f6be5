import { ANONYMOUS, NO_CLIENT } from '@flowmesh/platform/access';
import type { AuditService } from '../modules/audit/audit-service.ts';
import type { Counters } from './throttle-counters.ts';
import { Throttle } from './throttle.ts';

/** A throttle that writes down whom it has stopped. */
export const createThrottle = (counters: Counters, audit: AuditService): Throttle =>
  new Throttle(counters.counterOf, (attempt, counter, { userId, client = NO_CLIENT }) =>
    audit.record(
      { viewer: ANONYMOUS, client },
      {
        action: 'user.locked_out',
        outcome: 'DENIED',
        target: userId === undefined ? null : { type: 'USER', id: userId },
        details: { attempt, counter },
      },
    ),
  );
