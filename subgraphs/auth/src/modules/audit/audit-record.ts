import type { AuditAction } from './audit-actions.ts';

/** Done; failed; or refused for lack of permission. */
export type AuditOutcome = 'SUCCESS' | 'FAILURE' | 'DENIED';

export type AuditActorType = 'USER' | 'SERVICE_ACCOUNT' | 'SERVICE' | 'ANONYMOUS' | 'SYSTEM';

export type AuditTargetType =
  'USER' | 'SESSION' | 'ROLE' | 'API_KEY' | 'SERVICE_ACCOUNT' | 'SIGNING_KEY' | 'WORKFLOW_EXECUTION';

/** Actor, session or key, on whose behalf, and origin. */
export interface AuditOrigin {
  readonly actorType: AuditActorType;
  /** Id of the user or service account, or name of the service; null for anonymous callers and the product itself. */
  readonly actorId: string | null;
  readonly sessionId: string | null;
  readonly apiKeyId: string | null;
  /** The user for whom a service acted. */
  readonly onBehalfOfId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** An event as a service reports it. */
export interface AuditEntry {
  readonly action: AuditAction;
  /** Default SUCCESS. */
  readonly outcome?: AuditOutcome;
  readonly target?: { readonly type: AuditTargetType; readonly id: string } | null;
  /** The user whom it concerns, and who may see the entry. Default: the target, if it is a user. */
  readonly subjectId?: string | null;
  /** Never secrets. Limited in size: long texts are truncated, and details beyond 4 KB are dropped. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An entry to be written. */
export interface NewAuditLog extends AuditOrigin {
  readonly id: string;
  readonly action: AuditAction;
  readonly outcome: AuditOutcome;
  readonly targetType: AuditTargetType | null;
  readonly targetId: string | null;
  readonly subjectId: string | null;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A stored entry. The action may be one that only an older version used. */
export interface AuditRecord extends Omit<NewAuditLog, 'action' | 'targetType'> {
  readonly action: string;
  readonly targetType: string | null;
  readonly occurredAt: Date;
}
