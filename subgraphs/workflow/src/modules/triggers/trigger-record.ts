export type TriggerKind = 'SCHEDULE' | 'EVENT' | 'WEBHOOK';
export type TriggerOverlap = 'ALLOW' | 'SKIP' | 'QUEUE' | 'CANCEL_OLD';
export type TriggerMisfire = 'RUN_ONCE' | 'SKIP';
export type TriggerStatus = 'ACTIVE' | 'PAUSED';
export type FiringStatus = 'PENDING' | 'QUEUED' | 'STARTING' | 'STARTED' | 'SKIPPED' | 'REFUSED';
export type FiringCause = 'SCHEDULE' | 'EVENT' | 'WEBHOOK' | 'MANUAL';

/** Why something does not start, for machines and for people. */
export interface TriggerReason {
  readonly code: string;
  readonly message: string;
}

/** What whoever made a trigger has decided about it. */
export interface TriggerValues {
  readonly name: string;
  readonly cron: string | null;
  readonly timeZone: string | null;
  readonly eventType: string | null;
  readonly integrationId: string | null;
  readonly filter: string | null;
  /** Null when there is none. */
  readonly input: unknown;
  readonly inputExpression: string | null;
  readonly overlap: TriggerOverlap;
  readonly misfire: TriggerMisfire;
}

/** What executions may do at most: what the maker had when making or changing the trigger. */
export interface TriggerRights {
  readonly scopes: readonly string[];
  readonly roleIds: readonly string[];
}

export interface TriggerRecord extends TriggerValues, TriggerRights {
  readonly id: string;
  readonly workflowId: string;
  /** The workflow's owner. */
  readonly workflowOwnerId: string;
  /** Who made it. */
  readonly ownerId: string;
  readonly kind: TriggerKind;
  readonly status: TriggerStatus;
  readonly pausedReason: TriggerReason | null;
  /** Of an active schedule. */
  readonly nextDueAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An event as a trigger sees it. */
export interface TriggerEvent {
  readonly id: string;
  readonly type: string;
  readonly ownerId: string;
  readonly occurredAt: string;
  readonly payload: unknown;
}

export interface FiringRecord {
  readonly id: string;
  readonly triggerId: string;
  readonly cause: FiringCause;
  readonly status: FiringStatus;
  readonly reason: TriggerReason | null;
  readonly dueAt: Date;
  readonly createdAt: Date;
  readonly event: TriggerEvent | null;
  /** Of whoever ran the trigger by hand, who may have fewer than its maker; null when it fired by itself. */
  readonly callerRights: TriggerRights | null;
  /** Triggers whose executions have led to it, by way of events. */
  readonly chain: readonly string[];
  /** Computed once, when it was decided to start. */
  readonly input: { readonly value: unknown } | null;
  readonly executionId: string | null;
  /** Since when something that it needs does not answer. */
  readonly waitingSince: Date | null;
}
