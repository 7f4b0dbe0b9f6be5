import type { Connection } from '@flowmesh/platform/connections';
import type { ReceiptRecord } from './receipt-store.ts';

export type ContextErasureMapper = ReceiptRecord;
export type ContextErasureConnectionMapper = Connection<ReceiptRecord>;
