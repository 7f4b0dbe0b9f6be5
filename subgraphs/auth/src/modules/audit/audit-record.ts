import type { AuditAction } from './audit-actions.ts';

/** Done; tried and failed; or refused, because whoever tried may not. */
export type AuditOutcome = 'SUCCESS' | 'FAILURE' | 'DENIED';

export type AuditActorType = 'USER' | 'SERVICE_ACCOUNT' | 'SERVICE' | 'ANONYMOUS' | 'SYSTEM';

export type AuditTargetType = 'USER' | 'SESSION' | 'ROLE' | 'API_KEY' | 'SERVICE_ACCOUNT' | 'SIGNING_KEY';

/** Who did it, through what, for whom, and from where. */
export interface AuditOrigin {
  readonly actorType: AuditActorType;
  /** Of the user or service account, or the name of the service; null for nobody known and the product itself. */
  readonly actorId: string | null;
  readonly sessionId: string | null;
  readonly apiKeyId: string | null;
  /** The user for whom a service acted. */
  readonly onBehalfOfId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** What happened, as a service tells it. */
export interface AuditEntry {
  readonly action: AuditAction;
  /** Default SUCCESS. */
  readonly outcome?: AuditOutcome;
  readonly target?: { readonly type: AuditTargetType; readonly id: string } | null;
  /** The user whom it concerns, who may see the entry. Default: the target, when that is a user. */
  readonly subjectId?: string | null;
  /** Never secrets. Kept as far as it fits: long texts are cut, and more than 4 KB left out. */
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

/** An entry as it was written. Of an older version, the action may be one that is not used any more. */
export interface AuditRecord extends Omit<NewAuditLog, 'action' | 'targetType'> {
  readonly action: string;
  readonly targetType: string | null;
  readonly occurredAt: Date;
}
