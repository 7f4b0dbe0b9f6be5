import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { StarterRights } from '../starter-rights.ts';
import type { StepAddress } from './execution-state.ts';

/** What of an execution does not change, but that one without a context may get one, and that it can be moved to another version. */
export interface ExecutionHeader {
  readonly id: string;
  readonly workflowId: string;
  readonly workflowVersion: number;
  readonly startedById: string;
  /** The workflow's. */
  readonly ownerId: string;
  readonly contextId: string | null;
  readonly requestId: string | null;
  /** Of one that runs the body of a step: that of what it is a part of. */
  readonly input: unknown;
  readonly createdAt: Date;
  /** The execution that somebody started, of which it is a part; its own when it is none. */
  readonly rootId: string;
  /** The step it is a part of; null for an execution that somebody started. */
  readonly parent: StepAddress | null;
  /** The step whose body it runs; null when it runs a workflow. */
  readonly scope: string | null;
  /** Its place among those of the step, from 0. */
  readonly itemIndex: number | null;
  /** FOR_EACH: what it works on. LOOP: the result of the round before. */
  readonly item: unknown;
  readonly depth: number;
}

interface HeaderRow {
  readonly id: string;
  readonly workflow_id: string;
  readonly workflow_version: number;
  readonly started_by_id: string;
  readonly owner_id: string;
  readonly context_id: string | null;
  readonly request_id: string | null;
  readonly input: unknown;
  readonly created_at: Date;
  readonly root_execution_id: string | null;
  readonly parent_execution_id: string | null;
  readonly parent_step_id: string | null;
  readonly scope: string | null;
  readonly item_index: number | null;
  readonly item: unknown;
  readonly depth: number;
  readonly bytes: number;
}

/** Headers with their inputs, those lately used in memory. */
export class ExecutionHeaders {
  private readonly known = new LRUCache<string, ExecutionHeader>({ max: 5_000, maxSize: 50_000_000 });

  constructor(private readonly pool: Pool) {}

  /** Undefined when there is no such execution. */
  async get(id: string): Promise<ExecutionHeader | undefined> {
    const known = this.known.get(id);
    if (known) return known;
    const { rows } = await this.pool.query<HeaderRow>({
      name: 'engine-header',
      text: `select id, workflow_id, workflow_version, started_by_id, owner_id, context_id, request_id, input, created_at, root_execution_id,
                    parent_execution_id, parent_step_id, scope, item_index, item, depth,
                    coalesce(octet_length(input::text), 0) + coalesce(octet_length(item::text), 0) as bytes
             from workflow_executions where id = $1`,
      values: [id],
    });
    const row = rows[0];
    if (!row) return undefined;
    const { parent_execution_id: parentId, parent_step_id: stepId } = row;
    const header = {
      id: row.id,
      workflowId: row.workflow_id,
      workflowVersion: row.workflow_version,
      startedById: row.started_by_id,
      ownerId: row.owner_id,
      contextId: row.context_id,
      requestId: row.request_id,
      input: row.input,
      createdAt: row.created_at,
      rootId: row.root_execution_id ?? row.id,
      parent: parentId === null || stepId === null ? null : { executionId: parentId, stepId },
      scope: row.scope,
      itemIndex: row.item_index,
      item: row.item,
      depth: row.depth,
    };
    this.known.set(id, header, { size: row.bytes + 200 });
    return header;
  }

  /**
   * What steps of an execution, and of those that are a part of it, may do once this user has continued it: what the user may,
   * and no more than before when somebody else started it. It holds for every step that is claimed afterwards, in all processes.
   * Nothing changes unless it can be continued: it is paused, or has ended.
   */
  async renewRights(id: string, userId: string, rights: StarterRights, from: 'PAUSED' | 'ENDED'): Promise<void> {
    await this.pool.query(
      `update workflow_executions
       set starter_scopes = case when started_by_id = $2 then $3::text[]
             else array(select unnest(starter_scopes) intersect select unnest($3::text[])) end,
           starter_role_ids = case when started_by_id = $2 then $4::text[]
             else array(select unnest(starter_role_ids) intersect select unnest($4::text[])) end,
           starter_key_id = case when started_by_id = $2 then $5 else starter_key_id end
       where (id = $1 or root_execution_id = $1) and exists (
         select from workflow_executions r
         where r.id = $1 and case when $6 = 'PAUSED' then r.status = 'PAUSED' else r.completed_at is not null end)`,
      [id, userId, rights.scopes, rights.roleIds, rights.keyId, from],
    );
  }

  /** It is read anew: the execution goes by another version. */
  forget(id: string): void {
    this.known.delete(id);
  }

  /** Notes the context that was created for an execution. */
  async setContext(id: string, contextId: string): Promise<void> {
    await this.pool.query('update workflow_executions set context_id = $2 where id = $1 and context_id is null', [
      id,
      contextId,
    ]);
    this.known.delete(id);
  }
}
