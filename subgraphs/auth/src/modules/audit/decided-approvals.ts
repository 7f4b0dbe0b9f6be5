import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { StoredEvent } from '@flowmesh/platform/events';
import { z } from 'zod';
import { auditLog } from './audit-log.ts';
import type { AuditStore } from './audit-store.ts';

/** Of the bus. */
const GROUP = 'audit';
const EVENT = 'workflow.approval.decided';

const payloadShape = z.object({
  decisionId: z.string(),
  workflowId: z.string(),
  executionId: z.string(),
  stepId: z.string(),
  generation: z.number(),
  userId: z.string(),
  verdict: z.string(),
  comment: z.string().nullable(),
  decidedAt: z.string(),
  via: z.string(),
  actorType: z.enum(['USER', 'SERVICE_ACCOUNT', 'SERVICE']),
  service: z.string().nullable(),
  sessionId: z.string().nullable(),
  apiKeyId: z.string().nullable(),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
});

/** What people decide in workflows is kept in the audit log: each decision once, also when its event comes twice. */
export function auditApprovals(domain: Pick<OpenDomain, 'bus' | 'consume'>, store: AuditStore): void {
  domain.consume(GROUP, () => domain.bus.consume(GROUP, [EVENT], (event) => keep(store, event)));
}

async function keep(store: AuditStore, event: StoredEvent): Promise<void> {
  const { decisionId, userId, executionId, actorType, service, sessionId, apiKeyId, address, userAgent, ...details } =
    payloadShape.parse(event.payload);
  const origin = {
    ...{ actorType, sessionId, apiKeyId, address, userAgent },
    actorId: service ?? userId,
    onBehalfOfId: service === null ? null : userId,
  };
  const entry = auditLog(origin, {
    action: 'workflow.approval_decided',
    target: { type: 'WORKFLOW_EXECUTION', id: executionId },
    details,
  });
  await store.appendOnce({ ...entry, id: decisionId, requestId: event.requestId ?? null });
}
