import type { Connection } from '@flowmesh/platform/connections';
import { parseArgument } from '@flowmesh/platform/validation';
import { logFilterShape, LOGS_OF_EXECUTION, type LogListArguments } from './log-query.ts';
import type { LogRecord } from './log-record.ts';
import type { LogStore } from './log-store.ts';

/** Shows lines, to whoever sees their execution. */
export class LogService {
  constructor(private readonly store: LogStore) {}

  async listsOf(executionIds: readonly string[], args: LogListArguments): Promise<Connection<LogRecord>[]> {
    const filter = parseArgument('filter', logFilterShape, args.filter) ?? {};
    return LOGS_OF_EXECUTION.pagesOf(executionIds, args, filter, this.store.list);
  }

  /** Behind a line, in order. */
  behind(executionId: string, seq: number, limit: number) {
    return this.store.behind(executionId, seq, limit);
  }
}
