import type { BulkOperation } from './bulk-record.ts';

export type WorkflowBulkOperationMapper = BulkOperation;
