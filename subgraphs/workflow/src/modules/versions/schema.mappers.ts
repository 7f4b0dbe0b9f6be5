import type { StepDiff, VersionDiff } from './version-diff.ts';

export type WorkflowStepDiffMapper = StepDiff;
export type WorkflowVersionDiffMapper = VersionDiff;
