import type { Connection } from '@flowmesh/platform/connections';
import type { StepDefinition } from '../executions/engine/definition.ts';
import type { VersionRecord, WorkflowRecord } from './workflow-record.ts';

export type WorkflowMapper = WorkflowRecord;
export type WorkflowConnectionMapper = Connection<WorkflowRecord>;
export type WorkflowVersionMapper = VersionRecord;
export type WorkflowStepMapper = StepDefinition;
