/** What a budget limits: the calls of an agent, of each run of it, of a workflow, of each run of it, or for a user. */
export type BudgetScope = 'AGENT' | 'AGENT_EXECUTION' | 'WORKFLOW' | 'WORKFLOW_EXECUTION' | 'USER';
/** RUN: each execution has the whole of it. */
export type BudgetPeriod = 'TOTAL' | 'DAY' | 'RUN';

export interface BudgetLimits {
  readonly maxTokens: number | null;
  readonly maxCostUsd: number | null;
  readonly maxCalls: number | null;
  readonly maxSeconds: number | null;
}

/** What users decide about a budget. */
export interface BudgetValues extends BudgetLimits {
  readonly name: string;
  readonly scope: BudgetScope;
  /** The agent, the workflow or the user. */
  readonly subjectId: string;
  readonly period: BudgetPeriod;
  readonly warnAtPercent: number | null;
}

/** A budget as the domain sees it. */
export interface BudgetRecord extends BudgetValues {
  readonly id: string;
  readonly ownerId: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is used of a budget. */
export interface BudgetUse {
  readonly tokens: number;
  readonly costUsd: number;
  readonly calls: number;
  readonly milliseconds: number;
}

/** Of a day (UTC), a run, or in all. */
export interface BudgetStanding {
  readonly used: BudgetUse;
  /** By calls under way, at most. */
  readonly reserved: BudgetUse;
  readonly warnedAt: Date | null;
  readonly exceededAt: Date | null;
}
