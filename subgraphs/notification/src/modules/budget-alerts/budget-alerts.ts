import { isServiceId } from '@flowmesh/platform/access';
import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { StoredEvent } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import { z } from 'zod';
import type { Acceptance } from '../notifications/acceptance.ts';
import { tellOwnNote } from '../notifications/own-notes.ts';

/** Of the bus. */
const GROUP = 'notification-budgets';
const WARNING = 'agent.budget.warning';
const EXCEEDED = 'agent.budget.exceeded';
const CATEGORY = 'budget';
/** A service that has just been set up tells nobody of what was used up long ago. */
const MAX_AGE_MS = 86_400_000;

const payloadShape = z.object({
  budgetId: z.string(),
  name: z.string(),
  scope: z.string(),
  subjectId: z.string(),
  periodKey: z.string(),
});

/** Tells the owner of a budget, in their inbox, that it is nearly or wholly used up: each once for each of its periods. */
export function tellOfBudgets(domain: OpenDomain, acceptance: Acceptance): void {
  domain.consume(GROUP, () =>
    domain.bus.consume(GROUP, [WARNING, EXCEEDED], (event) => tell(domain, acceptance, event)),
  );
}

async function tell({ logger }: OpenDomain, acceptance: Acceptance, event: StoredEvent): Promise<void> {
  const { budgetId, name, scope, subjectId, periodKey } = payloadShape.parse(event.payload);
  if (isServiceId(event.ownerId) || Date.now() - event.occurredAt.getTime() > MAX_AGE_MS) return;
  const isExceeded = event.type === EXCEEDED;
  const period = periodKey === '' ? '' : ` (${periodKey})`;
  const refusal = await tellOwnNote(acceptance, event.requestId ?? newId(), {
    userId: event.ownerId,
    subject: `The budget “${name}” ${isExceeded ? 'is used up' : 'is nearly used up'}`,
    content: isExceeded
      ? `A call was not made because of it${period}. ${scope} ${subjectId}`
      : `It has reached the part at which you want to be warned${period}. ${scope} ${subjectId}`,
    category: CATEGORY,
    metadata: { budgetId, scope, subjectId, periodKey },
    idempotencyKey: `${event.type}:${event.id}`,
  });
  if (refusal) logger.error({ budgetId, refusal }, 'the owner of a budget could not be told of it');
}
