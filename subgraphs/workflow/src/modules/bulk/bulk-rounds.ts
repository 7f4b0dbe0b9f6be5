import type { SignedInViewer } from '@flowmesh/platform/access';
import type { Logger } from '@flowmesh/platform/logging';
import { ServiceAwayError } from '@flowmesh/platform/services';
import type { ExecutionService } from '../executions/execution-service.ts';
import type { MakerRights } from '../rights/maker-rights.ts';
import type { BulkError, BulkOperation } from './bulk-record.ts';
import { commandableOf, errorOf, publicErrorOf } from './bulk-service.ts';
import type { BulkStore } from './bulk-store.ts';

/** Executions of one operation in one step, after which it is written how far it is. */
const AT_ONCE = 100;
/** Operations take turns, so that a long one does not hold up the others. */
const OPERATIONS_AT_ONCE = 20;
const BUSY_MS = 10_000;

export interface BulkRoundsParts {
  readonly store: BulkStore;
  readonly executions: Pick<ExecutionService, 'cancel' | 'retry'>;
  readonly rights: Pick<MakerRights, 'makerOf'>;
  readonly logger: Logger;
}

/**
 * Does bulk operations, step by step. A step that was cut off is done again: what it has cancelled or retried is not selected any
 * more, because it has ended, or has not ended before the operation began. What a process that had stood still does at the same time
 * counts as done, and is not done twice.
 */
export class BulkRounds {
  constructor(private readonly parts: BulkRoundsParts) {}

  async round(): Promise<void> {
    const started = performance.now();
    while (performance.now() - started < BUSY_MS) {
      const running = await this.parts.store.running(OPERATIONS_AT_ONCE);
      if (running.length === 0) return;
      let moved = false;
      for (const operation of running) if (await this.step(operation)) moved = true;
      if (!moved) return;
    }
  }

  /** True when it has done something. */
  private async step(operation: BulkOperation): Promise<boolean> {
    const { store, rights, logger } = this.parts;
    try {
      const maker = await rights.makerOf(operation);
      if ('problem' in maker) {
        await store.end(operation.id, 'STOPPED');
        return true;
      }
      const { selection, createdAt: before, lastId } = operation;
      const ids = await store.idsAfter({ selection, visibleTo: commandableOf(maker.viewer), before }, lastId, AT_ONCE);
      const last = ids.at(-1);
      if (last === undefined) {
        await store.end(operation.id, 'COMPLETED');
        return true;
      }
      const outcomes = await Promise.all(
        ids.map(async (executionId) => ({
          executionId,
          error: await this.apply(operation, maker.viewer, executionId),
        })),
      );
      const failures = outcomes.flatMap(({ executionId, error }) => (error ? [{ executionId, error }] : []));
      return await store.advance(operation.id, lastId, {
        lastId: last,
        succeeded: outcomes.length - failures.length,
        failures,
      });
    } catch (error) {
      const level = error instanceof ServiceAwayError ? 'warn' : 'error';
      logger[level]({ err: error, operationId: operation.id }, 'a bulk operation could not go on; the next round does');
      return false;
    }
  }

  private async apply(
    { kind, reason, createdAt }: BulkOperation,
    viewer: SignedInViewer,
    executionId: string,
  ): Promise<BulkError | null> {
    const { executions } = this.parts;
    try {
      const outcome = await (kind === 'CANCEL'
        ? executions.cancel(viewer, executionId, reason)
        : executions.retry(viewer, executionId, { endedBefore: createdAt }));
      const done = kind === 'CANCEL' && 'status' in outcome && outcome.status === 'CANCELLED';
      return 'code' in outcome && !done ? errorOf(outcome) : null;
    } catch (error) {
      const known = publicErrorOf(error);
      // Out of order: the step is done again.
      if (!known || known.code === 'UNAVAILABLE') throw error;
      return known;
    }
  }
}
