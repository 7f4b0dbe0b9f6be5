import type { LimitKeys, LimitReached } from '../../limits/limit-record.ts';
import type { StarterRights } from '../starter-rights.ts';
import type { ComputedStep, ReadyStep } from './commands.ts';
import type { Definition } from './definition.ts';

/** Among the executions of one starter. */
export type Priority = 'LOW' | 'NORMAL' | 'HIGH';
/** As stored, by their places. */
export const PRIORITIES: readonly Priority[] = ['LOW', 'NORMAL', 'HIGH'];

/** An execution to begin. */
export interface StartRequest {
  readonly id: string;
  readonly definition: Definition;
  readonly ownerId: string;
  readonly startedById: string;
  readonly rights: StarterRights;
  /** The context it is given. */
  readonly contextId: string | null;
  readonly input: unknown;
  readonly idempotencyKey: string | null;
  /** Stands for what was asked under the key. */
  readonly requestDigest: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
  /** What it counts for among the limits of its workflow; null or left out when that has none. */
  readonly limitKeys?: LimitKeys | null;
  /** Nothing is stored when too many run and the limit says REJECT; otherwise it is stored, and cancelled. */
  readonly refusable?: boolean;
  readonly priority?: Priority;
  /** How many executions begun by each other came before it; 0 when left out. */
  readonly depth?: number;
}

/** With first steps that were computed already. */
export type ComputedStart = StartRequest & { readonly computed: readonly ComputedStep[] };

export interface Started {
  readonly id: string;
  /** False when the idempotency key was known already. */
  readonly created: boolean;
  /** Of new executions those with lower numbers begin first; null for one that has begun. */
  readonly turn: number | null;
  /** Steps to be run. */
  readonly ready: readonly ReadyStep[];
  /** The limit for which nothing was stored. */
  readonly refused?: LimitReached | undefined;
}
