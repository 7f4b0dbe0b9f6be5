import type { ContextShare, PrismaClient } from '@flowmesh/prisma/context';
import type { PoolClient } from 'pg';
import type { ShareKind } from '../contexts/context-record.ts';

export type ShareRecord = ContextShare;

/** Shares of contexts. */
export class ShareStore {
  constructor(private readonly prisma: PrismaClient) {}

  /** Of these contexts, the first share first. */
  of(contextIds: readonly string[]): Promise<ContextShare[]> {
    return this.prisma.contextShare.findMany({
      where: { contextId: { in: [...contextIds] } },
      orderBy: [{ createdAt: 'asc' }, { granteeId: 'asc' }],
    });
  }

  /** Grants access in place of what was granted before. `unchanged`: it is so already. */
  async put(
    tx: PoolClient,
    share: { contextId: string; kind: ShareKind; granteeId: string; access: 'READ' | 'WRITE' },
    most: number,
  ): Promise<'done' | 'unchanged' | 'too many'> {
    const { contextId, kind, granteeId, access } = share;
    const { rowCount } = await tx.query(
      `insert into context_shares (context_id, kind, grantee_id, access) values ($1, $2, $3, $4)
       on conflict (context_id, kind, grantee_id) do update set access = excluded.access
       where context_shares.access <> excluded.access`,
      [contextId, kind, granteeId, access],
    );
    if (rowCount === 0) return 'unchanged';
    const { rows } = await tx.query<{ count: number }>(
      'select count(*)::int as count from context_shares where context_id = $1',
      [contextId],
    );
    return (rows[0]?.count ?? 0) > most ? 'too many' : 'done';
  }

  /** Whether there was such a share. */
  async remove(tx: PoolClient, contextId: string, kind: ShareKind, granteeId: string): Promise<boolean> {
    const { rowCount } = await tx.query(
      'delete from context_shares where context_id = $1 and kind = $2 and grantee_id = $3',
      [contextId, kind, granteeId],
    );
    return rowCount !== 0;
  }
}
