import type { Connection } from '@flowmesh/platform/connections';
import { parseArgument } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { CALLS_OF_EXECUTION, type CallListArguments } from './call-query.ts';
import type { CallRecord } from './call-record.ts';
import type { CallStore } from './call-store.ts';

const AN_ATTEMPT = 'must be the number of an attempt, 1 to 10';
const filterShape = z
  .object({
    kind: z.enum(['MODEL', 'TOOL']).nullish(),
    attempt: z.int(AN_ATTEMPT).min(1, AN_ATTEMPT).max(10, AN_ATTEMPT).nullish(),
  })
  .nullish();

/** Shows calls, to whoever sees their execution. */
export class CallService {
  constructor(private readonly store: CallStore) {}

  listsOf(executionIds: readonly string[], args: CallListArguments): Promise<Connection<CallRecord>[]> {
    const filter = parseArgument('filter', filterShape, args.filter) ?? {};
    return CALLS_OF_EXECUTION.pagesOf(executionIds, args, filter, this.store.list);
  }
}
