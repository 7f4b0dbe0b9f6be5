import type { PoolClient } from 'pg';
import type { StepError } from '../execution-state.ts';

/** Executions of bodies, of all that one execution is and begins: at once, and in all until it is retried. */
export const MAX_OPEN_PARTS = 1_000;
export const MAX_PARTS = 100_000;

/** The parts of an execution that somebody started, while its row is locked. */
export class RootParts {
  changed = false;

  constructor(
    /** In all. */
    public begun: number,
    private open: number,
  ) {}

  /** How many of these may begin now. A step that has none gets one, so that every step goes on. */
  roomFor(wanted: number, hasOpen: boolean): number {
    return Math.min(wanted, Math.max(MAX_OPEN_PARTS - this.open, hasOpen ? 0 : 1));
  }

  /** Why a step that still needs so many cannot have them. */
  problem(needed: number): StepError | null {
    if (this.begun + needed <= MAX_PARTS) return null;
    const message =
      `The execution has begun ${this.begun} items and rounds, the step needs ${needed} more, ` +
      `and at most ${MAX_PARTS} are possible in all.`;
    return { code: 'TOO_MANY_PARTS', message };
  }

  begin(count: number): void {
    this.begun += count;
    this.open += count;
    this.changed = true;
  }
}

const COUNT_OPEN = {
  name: 'engine-count-open-parts',
  text: `select r.id, (select count(*)::int from workflow_executions c
                       where c.root_execution_id = r.id and c.status in ('PENDING', 'RUNNING', 'PAUSED', 'WAITING')) as open
         from unnest($1::text[]) r(id)`,
};

const WRITE = {
  name: 'engine-write-parts',
  text: `update workflow_executions e set parts_begun = c.begun from unnest($1::text[], $2::int[]) c(id, begun) where e.id = c.id`,
};

/** Of these, which are locked, with what they have begun. */
export async function readRootParts(
  client: PoolClient,
  begun: ReadonlyMap<string, number>,
): Promise<Map<string, RootParts>> {
  const { rows } = await client.query<{ id: string; open: number }>({ ...COUNT_OPEN, values: [[...begun.keys()]] });
  return new Map(rows.map(({ id, open }) => [id, new RootParts(begun.get(id) ?? 0, open)]));
}

export function writeRootParts(client: PoolClient, roots: ReadonlyMap<string, RootParts>): Promise<unknown>[] {
  const changed = [...roots].filter(([, parts]) => parts.changed);
  if (changed.length === 0) return [];
  const values = [changed.map(([id]) => id), changed.map(([, { begun }]) => begun)];
  return [client.query({ ...WRITE, values })];
}
