import type { Connection } from '@flowmesh/platform/connections';
import type { FiringRecord, TriggerRecord } from './trigger-record.ts';

export type WorkflowTriggerMapper = TriggerRecord;
export type WorkflowTriggerConnectionMapper = Connection<TriggerRecord>;
export type WorkflowTriggerFiringMapper = FiringRecord;
export type WorkflowTriggerFiringConnectionMapper = Connection<FiringRecord>;
