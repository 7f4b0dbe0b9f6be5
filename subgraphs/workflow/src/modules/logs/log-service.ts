import type { Connection } from '@flowmesh/platform/connections';
import type { Viewer } from '@flowmesh/platform/access';
import { parseArgument } from '@flowmesh/platform/validation';
import { visibleOwner } from '../workflows/workflow-access.ts';
import { logFilterShape, LOGS_OF_EXECUTION, LOGS_WITH_PARTS, type LogListArguments } from './log-query.ts';
import type { LogRecord } from './log-record.ts';
import type { LogStore } from './log-store.ts';

/** Shows lines, to whoever sees their execution. */
export class LogService {
  constructor(private readonly store: LogStore) {}

  /** With the lines of their parts, as far as the viewer may see these, if that is asked for. */
  async listsOf(
    viewer: Viewer,
    executionIds: readonly string[],
    args: LogListArguments,
  ): Promise<Connection<LogRecord>[]> {
    const filter = parseArgument('filter', logFilterShape, args.filter) ?? {};
    if (args.includeParts) {
      const query = { ...filter, seenBy: visibleOwner(viewer) };
      return LOGS_WITH_PARTS.pagesOf(executionIds, args, query, this.store.listWithParts);
    }
    return LOGS_OF_EXECUTION.pagesOf(executionIds, args, filter, this.store.list);
  }

  /** Behind a line, in order. */
  behind(executionId: string, seq: number, limit: number) {
    return this.store.behind(executionId, seq, limit);
  }
}
