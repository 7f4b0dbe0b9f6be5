import type { ContextChange } from '../contexts/context-record.ts';

/** One change of a context. */
export interface VersionRecord {
  /** `<context>:<version>`. */
  readonly id: string;
  readonly contextId: string;
  readonly version: number;
  readonly change: ContextChange;
  readonly layerId: string | null;
  readonly authorId: string;
  readonly agentId: string | null;
  readonly workflowId: string | null;
  readonly reason: string | null;
  readonly createdAt: Date;
}
