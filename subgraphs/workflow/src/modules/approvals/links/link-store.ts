import type { Pool } from 'pg';
import type { ApprovalStatus } from '../../executions/engine/approvals/approval-changes.ts';

/** What a link is about: a step in one run of it, and one person. */
export interface LinkRecord {
  readonly executionId: string;
  readonly stepId: string;
  readonly generation: number;
  readonly approverId: string;
  readonly workflowName: string;
  readonly startedById: string;
  readonly status: ApprovalStatus;
}

/** Tokens of links, of which only the SHA-256 is kept. */
export class LinkStore {
  constructor(private readonly pool: Pool) {}

  /** Before it is sent. A token that may have been sent before stays good: nobody knows which one arrives. */
  async add(tokenHash: string, noticeId: string): Promise<void> {
    await this.pool.query(`insert into workflow_approval_links (token_hash, notice_id) values ($1, $2)`, [
      tokenHash,
      noticeId,
    ]);
  }

  /** This one was sent, and so was none of the others. */
  async keepOnly(tokenHash: string, noticeId: string): Promise<void> {
    await this.pool.query(`delete from workflow_approval_links where notice_id = $2 and token_hash <> $1`, [
      tokenHash,
      noticeId,
    ]);
  }

  /** It was not sent. */
  async remove(tokenHash: string): Promise<void> {
    await this.pool.query('delete from workflow_approval_links where token_hash = $1', [tokenHash]);
  }

  async find(tokenHash: string): Promise<LinkRecord | null> {
    const { rows } = await this.pool.query<LinkRecord>(
      `select n.execution_id as "executionId", n.step_id as "stepId", n.generation, n.approver_id as "approverId",
              w.name as "workflowName", e.started_by_id as "startedById", a.status
       from workflow_approval_links l
       join workflow_approval_notices n on n.id = l.notice_id
       join workflow_approvals a
         on a.execution_id = n.execution_id and a.step_id = n.step_id and a.generation = n.generation
       join workflow_executions e on e.id = n.execution_id
       join workflows w on w.id = e.workflow_id
       where l.token_hash = $1 and n.approver_id is not null`,
      [tokenHash],
    );
    return rows[0] ?? null;
  }
}
