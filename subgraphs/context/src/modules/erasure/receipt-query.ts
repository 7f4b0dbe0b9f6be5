import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import type { ReceiptFilter } from './receipt-store.ts';

export const RECEIPTS = listOf({
  name: 'contextErasures',
  orders: { CREATED_AT: { field: 'createdAt', type: 'date' } },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
});

export type ReceiptListArguments = Omit<ListArguments<'CREATED_AT', ReceiptFilter>, 'orderBy'>;
