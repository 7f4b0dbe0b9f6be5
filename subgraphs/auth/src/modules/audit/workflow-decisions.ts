import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { StoredEvent } from '@flowmesh/platform/events';
import { z } from 'zod';
import type { AuditAction } from './audit-actions.ts';
import { auditLog } from './audit-log.ts';
import type { AuditStore } from './audit-store.ts';

/** Of the bus. */
const GROUP = 'audit';

const decisionShape = z.object({
  decisionId: z.string(),
  workflowId: z.string(),
  executionId: z.string(),
  stepId: z.string(),
  userId: z.string(),
  decidedAt: z.string(),
  via: z.string(),
  actorType: z.enum(['USER', 'SERVICE_ACCOUNT', 'SERVICE']),
  service: z.string().nullable(),
  sessionId: z.string().nullable(),
  apiKeyId: z.string().nullable(),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
});

interface DecidedEvent {
  readonly action: AuditAction;
  readonly payload: z.ZodType<z.infer<typeof decisionShape>>;
}

const EVENTS: Readonly<Record<string, DecidedEvent>> = {
  'workflow.approval.decided': {
    action: 'workflow.approval_decided',
    payload: decisionShape.extend({ generation: z.number(), verdict: z.string(), comment: z.string().nullable() }),
  },
  'workflow.compensation.decided': {
    action: 'workflow.compensation_decided',
    payload: decisionShape.extend({ compensationId: z.string(), action: z.string(), reason: z.string().nullable() }),
  },
};

/** What people decide in workflows is kept in the audit log: each decision once, also when its event comes twice. */
export function auditWorkflowDecisions(domain: Pick<OpenDomain, 'bus' | 'consume'>, store: AuditStore): void {
  domain.consume(GROUP, () => domain.bus.consume(GROUP, Object.keys(EVENTS), (event) => keep(store, event)));
}

async function keep(store: AuditStore, event: StoredEvent): Promise<void> {
  const known = EVENTS[event.type];
  if (!known) return;
  const { decisionId, userId, executionId, actorType, service, sessionId, apiKeyId, address, userAgent, ...details } =
    known.payload.parse(event.payload);
  const origin = {
    ...{ actorType, sessionId, apiKeyId, address, userAgent },
    actorId: service ?? userId,
    onBehalfOfId: service === null ? null : userId,
  };
  const entry = auditLog(origin, {
    action: known.action,
    target: { type: 'WORKFLOW_EXECUTION', id: executionId },
    details,
  });
  await store.appendOnce({ ...entry, id: decisionId, requestId: event.requestId ?? null });
}
