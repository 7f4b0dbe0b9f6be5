import type { ContextMode, StepDefinition } from '../executions/engine/definition.ts';

export type WorkflowType = 'SEQUENTIAL' | 'PARALLEL' | 'CONDITIONAL' | 'EVENT_DRIVEN' | 'LOOP';
export type WorkflowStatus = 'DRAFT' | 'ACTIVE' | 'ARCHIVED';
export type JsonObject = Record<string, unknown>;

/** A workflow as it is now. */
export interface WorkflowRecord {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly description: string | null;
  readonly type: WorkflowType;
  readonly status: WorkflowStatus;
  /** Of the definition. */
  readonly version: number;
  /** Raised by each change, details and status included. */
  readonly revision: number;
  readonly inputSchema: JsonObject | null;
  readonly config: JsonObject;
  readonly contextMode: ContextMode;
  readonly tags: string[];
  readonly metadata: JsonObject;
  readonly executionCount: number;
  readonly successCount: number;
  readonly failureCount: number;
  readonly averageDurationMs: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What executions run by; a change of any of it makes a new version. */
export interface DefinitionValues {
  readonly type: WorkflowType;
  readonly inputSchema: JsonObject | null;
  readonly config: JsonObject;
  readonly contextMode: ContextMode;
  readonly steps: readonly StepDefinition[];
}

export interface VersionRecord {
  readonly workflowId: string;
  readonly version: number;
  readonly type: WorkflowType;
  readonly createdAt: Date;
}

/** What can be changed without a new version. */
export interface WorkflowDetails {
  readonly name: string;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
}
