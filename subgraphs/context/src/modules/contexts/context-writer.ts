import type { Viewer } from '@flowmesh/platform/access';
import { inTransaction, onlyRow, SqlParameters } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import { conflict, type ConflictFailure, type NotFoundFailure } from '@flowmesh/platform/validation';
import type { Pool, PoolClient } from 'pg';
import { actorOf, type Actor } from './actor.ts';
import { accessSql, suffices } from './context-access.ts';
import { contextChanged } from './context-events.ts';
import { noContext, versionConflict, type VersionConflict } from './context-failures.ts';
import type { ContextAccess, ContextChange, ContextRecord } from './context-record.ts';
import { CONTEXT_COLUMNS, type ContextRow } from './context-rows.ts';
import { AWAIT_TURN } from './write-turns.ts';

/** A write of a context: who, and on which conditions. */
export interface Write {
  readonly viewer: Viewer;
  readonly contextId: string;
  /** What the writer must be able to do with it. */
  readonly needs: ContextAccess;
  /** The version of the context that the writer has read. */
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
  /** Whether it may be written whatever its status: for changes of the status itself. */
  readonly anyStatus?: boolean;
  /** Whether the writer has the turn of the context (`WriteTurns`); others wait for it. */
  readonly hasTurn?: boolean;
}

/** What was changed, told by the version. */
export interface Changed {
  readonly change: ContextChange;
  readonly layerId?: string | null;
  /** The context goes, with its layers, versions, shares and counts; the event of it stays. */
  readonly forGood?: boolean;
}

/** What was stored beside the context stays, and the context is as it was: without a version and an event. */
export const NOTED = { change: null } as const;

/** Why a context was not written, of what the write has asked to be checked. */
export type WriteFailure<W extends Write = Write> =
  | NotFoundFailure
  | (W extends { readonly expectedVersion: unknown } ? VersionConflict : never)
  | (W extends { readonly anyStatus: true } ? never : ConflictFailure);

type WorkFailure<Outcome> = Outcome extends Refused<infer Failure> ? Failure : never;

/** A failure of the work itself: what it has changed is rolled back. */
export class Refused<Failure> extends Error {
  constructor(readonly failure: Failure) {
    super('the write was refused');
    this.name = 'Refused';
  }
}

/** There is nothing to change: the answer is the context as it is, without a version and an event. */
export const unchanged = (context: ContextRecord) => new Refused(context);

/**
 * The one way in which contexts are changed. In a transaction: the context is locked, rights, version and status are
 * checked, the work is done, and a version and an event tell of it. Either all of it is there afterwards or nothing.
 */
export class ContextWriter {
  constructor(
    private readonly pool: Pool,
    private readonly published: () => void,
  ) {}

  /** The context as it is behind the change; `work` changes whatever it likes but the number of the version. */
  async write<const W extends Write, Outcome extends Changed | typeof NOTED | Refused<unknown>>(
    write: W,
    work: (tx: PoolClient, context: ContextRecord) => Promise<Outcome>,
  ): Promise<ContextRecord | WriteFailure<W> | WorkFailure<Outcome>> {
    const outcome = await inTransaction(this.pool, async (tx) => {
      if (!write.hasTurn) await tx.query(AWAIT_TURN, [write.contextId]);
      const context = await lock(tx, write);
      if (!context || !suffices(context.access, write.needs)) return noContext();
      const { expectedVersion } = write;
      if (expectedVersion != null && expectedVersion !== context.version) {
        return versionConflict('context', context, context.version, expectedVersion);
      }
      if (!write.anyStatus && context.status !== 'ACTIVE') {
        return conflict(`The context is ${context.status}: it can be written when it is ACTIVE.`);
      }
      if (!write.anyStatus && context.expiresAt !== null && context.expiresAt.getTime() <= Date.now()) {
        return conflict(
          `The context has expired at ${context.expiresAt.toISOString()}: it can be written with a later time.`,
        );
      }
      const done = await work(tx, context);
      if (done instanceof Refused) throw done;
      if (done.change === null) return context;
      return record(tx, write, done);
    }).catch((error: unknown) => {
      if (error instanceof Refused) return error.failure as unknown;
      throw error;
    });
    if (isContext(outcome)) this.published();
    return outcome as ContextRecord | WriteFailure<W> | WorkFailure<Outcome>;
  }
}

/** Whether the write was done. */
export const isContext = (outcome: unknown): outcome is ContextRecord =>
  typeof outcome === 'object' && outcome !== null && !('__typename' in outcome);

async function lock(tx: PoolClient, { viewer, contextId }: Write): Promise<ContextRecord | null> {
  const parameters = new SqlParameters();
  const { rows } = await tx.query<ContextRow>(
    `select ${CONTEXT_COLUMNS}, ${accessSql(viewer, parameters)} as access from contexts c
     where c.id = ${parameters.add(contextId)} for update of c`,
    parameters.values,
  );
  const [row] = rows;
  return row?.access ? { ...row, access: row.access } : null;
}

/** Counts up, and keeps the version and the event that say what was done. */
async function record(tx: PoolClient, write: Write, done: Changed): Promise<ContextRecord> {
  const { change, layerId = null, forGood = false } = done;
  const { viewer, contextId, reason = null } = write;
  const parameters = new SqlParameters();
  const { rows } = await tx.query<ContextRecord>(
    `update contexts c set version = c.version + 1, updated_at = clock_timestamp()
     where c.id = ${parameters.add(contextId)}
     returning ${CONTEXT_COLUMNS}, ${accessSql(viewer, parameters)} as access`,
    parameters.values,
  );
  const context = onlyRow(rows);
  await keepVersion(tx, context.id, { change, layerId, author: actorOf(viewer), reason });
  if (forGood) await tx.query('delete from contexts where id = $1', [context.id]);
  return context;
}

interface Kept {
  readonly change: ContextChange;
  readonly layerId: string | null;
  readonly author: Actor;
  readonly reason: string | null;
}

/** Keeps what the context is as a version of its number, and appends the event of it. */
export async function keepVersion(
  tx: PoolClient,
  contextId: string,
  { change, layerId, author, reason }: Kept,
): Promise<void> {
  const { rows } = await tx.query<{ version: number; ownerId: string }>(
    `insert into context_versions
       (context_id, version, change, layer_id, author_id, agent_id, workflow_id, reason, name, type, description, status,
        metadata, tags, language, created_at)
     select id, version, $2, $3, $4, $5, $6, $7, name, type, description, status, metadata, tags, language, updated_at
     from contexts where id = $1
     returning version, (select owner_id from contexts where id = $1) as "ownerId"`,
    [contextId, change, layerId, author.userId, author.agentId, author.workflowId, reason],
  );
  const { version, ownerId } = onlyRow(rows);
  const { userId: authorId } = author;
  await appendEvents(tx, [contextChanged({ contextId, change, version, layerId, authorId }, ownerId)]);
}
