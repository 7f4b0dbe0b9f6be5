import { badInput } from '@flowmesh/platform/errors';
import {
  aheadOfEverything,
  liveStream,
  notACursor,
  subscribeToStream,
  type LiveCaller,
} from '@flowmesh/platform/events';
import { streamOf } from '../executions/engine/execution-events.ts';
import { isExecutionEnded } from '../executions/engine/execution-state.ts';
import type { ExecutionService } from '../executions/execution-service.ts';
import type { LogRecord } from './log-record.ts';
import type { LogService } from './log-service.ts';
import type { LogPage } from './log-store.ts';

export interface LogUpdate {
  readonly cursor: string;
  readonly lines: readonly LogRecord[];
}

type Caller = LiveCaller<{ readonly executions: ExecutionService; readonly logs: LogService }>;

/** Lines of one message. */
const MAX_MESSAGE_LINES = 100;

/**
 * Lines of an execution to its end: the last ones first, or all behind `after`, then each as it is written. An event tells that
 * there may be lines, the table which: so a burst of events is one reading.
 */
export async function executionLogs(
  caller: Caller,
  id: string,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<LogUpdate>> {
  const { executions, logs, log, bus } = caller.services;
  const [visible] = await executions.visible(caller.viewer, [id]);
  const now = visible && (await logs.behind(id, 0, 0));
  if (!now) throw badInput('id', 'There is no such execution, or you may not see it.');
  const start = startOf(after, now.logSeq);

  return liveStream(caller.signal, async function* (signal) {
    let [seq, seen, isOver] = [start, 0, false];
    /** What there is behind the last line that was sent. */
    async function* rest(): AsyncGenerator<LogUpdate, void> {
      for (let full = true; full;) {
        const page = await logs.behind(id, seq, MAX_MESSAGE_LINES);
        const last = page?.lines.at(-1);
        if (last) yield { cursor: String((seq = last.seq)), lines: page?.lines ?? [] };
        seen = page?.eventSeq ?? seen;
        full = page?.lines.length === MAX_MESSAGE_LINES;
        isOver = page === null || hasEnded(page);
      }
    }
    const before = seq;
    yield* rest();
    // Whoever asks for what there is hears of it, even if that is nothing.
    if (after == null && seq === before) yield { cursor: String(seq), lines: [] };
    if (isOver) return;
    for await (const { streamSeq } of subscribeToStream({ log, bus, stream: streamOf(id), afterSeq: seen, signal })) {
      if ((streamSeq ?? 0) <= seen) continue;
      yield* rest();
      if (isOver) return;
    }
  });
}

function startOf(after: string | null | undefined, logSeq: number): number {
  if (after == null) return Math.max(0, logSeq - MAX_MESSAGE_LINES);
  if (!/^\d{1,9}$/.test(after)) throw notACursor();
  if (Number(after) > logSeq) throw aheadOfEverything();
  return Number(after);
}

const hasEnded = ({ status, compensationStatus }: LogPage): boolean =>
  isExecutionEnded(status) && compensationStatus !== 'PENDING' && compensationStatus !== 'RUNNING';
