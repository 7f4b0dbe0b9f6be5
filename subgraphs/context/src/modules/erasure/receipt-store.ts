import { SqlList } from '@flowmesh/platform/connections';
import { SqlConditions } from '@flowmesh/platform/database';
import type { Pool } from 'pg';

/** What is kept of an erasure. */
export interface ReceiptRecord {
  readonly id: string;
  readonly subjectId: string;
  readonly requestedById: string;
  readonly contexts: number;
  readonly layers: number;
  readonly versions: number;
  readonly shares: number;
  readonly createdAt: Date;
  readonly completedAt: Date | null;
}

export interface ReceiptFilter {
  readonly userId?: string | null;
  readonly id?: string | null;
}

const COLUMNS = `e.id, e.subject_id as "subjectId", e.requested_by as "requestedById", e.contexts, e.layers, e.versions, e.shares,
  e.created_at as "createdAt", e.completed_at as "completedAt"`;

/** Reads receipts of erasures. */
export const receiptList = (pool: Pool) =>
  new SqlList<ReceiptRecord, ReceiptFilter, 'createdAt'>(pool, {
    columns: COLUMNS,
    from: 'context_erasures e',
    where: ({ userId, id }, parameters) =>
      new SqlConditions(parameters)
        .add((subject) => `e.subject_id = ${subject}`, userId)
        .add((receipt) => `e.id = ${receipt}`, id)
        .toString(),
    orderColumns: { createdAt: 'e.created_at' },
    idColumn: 'e.id',
  });
