import { hasScope, type Viewer } from '@flowmesh/platform/access';
import type { SqlParameters } from '@flowmesh/platform/database';
import { actorOf } from './actor.ts';
import type { ContextAccess, ShareKind } from './context-record.ts';

/*
 * Who may do what with a context `c`, as SQL: its owner and holders of both `-any` scopes everything, others what shares
 * and scopes give them. The one place that says so; every statement that shows or changes a context has it.
 */

/** A viewer in one statement. Each placeholder is used where it is asked for: PostgreSQL refuses those that are not. */
interface ViewerSql {
  readonly userId: () => string;
  /** The condition on a share `s` that it is with the viewer. */
  readonly granted: () => string;
  readonly readAny: boolean;
  readonly writeAny: boolean;
}

function viewerSql(viewer: Viewer, parameters: SqlParameters): ViewerSql {
  const userId = viewer.kind === 'anonymous' ? null : viewer.userId;
  const grantees = granteesOf(viewer);
  const [kinds, ids] = [grantees.map(([kind]) => kind), grantees.map(([, id]) => id)];
  return {
    userId: () => `${parameters.add(userId)}::text`,
    granted: () => `(s.kind, s.grantee_id) in (
      select kind::share_kind, id from unnest(${parameters.add(kinds)}::text[], ${parameters.add(ids)}::text[]) g(kind, id))`,
    readAny: hasScope(viewer, 'context:read-any'),
    writeAny: hasScope(viewer, 'context:write-any'),
  };
}

/** Everything that a viewer is, as shares name it: what is shared with one of them is shared with the viewer. */
function granteesOf(viewer: Viewer): (readonly [kind: ShareKind, id: string])[] {
  if (viewer.kind === 'anonymous') return [];
  const { agentId, workflowId } = actorOf(viewer);
  return [
    ['USER', viewer.userId],
    ...(viewer.roleIds ?? []).map((id) => ['ROLE', id] as const),
    ...(agentId === null ? [] : [['AGENT', agentId] as const]),
    ...(workflowId === null ? [] : [['WORKFLOW', workflowId] as const]),
  ];
}

const ownSql = (viewer: ViewerSql): string =>
  viewer.readAny && viewer.writeAny ? 'true' : `c.owner_id = ${viewer.userId()}`;

/** What the viewer may do with `c`; null for nothing. One in the bin is for those who own it. */
export function accessSql(viewer: Viewer, parameters: SqlParameters): string {
  const sql = viewerSql(viewer, parameters);
  const shared = () => `(select case when bool_or(s.access = 'WRITE') then 'WRITE' else 'READ' end
    from context_shares s where s.context_id = c.id and ${sql.granted()} having count(*) > 0)`;
  const others = sql.readAny ? `coalesce(${shared()}, 'READ')` : shared();
  return `(case when ${ownSql(sql)} then 'OWN' when c.status = 'DELETED' then null else ${others} end)`;
}

/** The condition that the viewer may see `c`: begins with what is theirs, however much others have. */
export function visibleSql(viewer: Viewer, parameters: SqlParameters): string {
  const sql = viewerSql(viewer, parameters);
  if (sql.readAny) return sql.writeAny ? 'true' : `(${ownSql(sql)} or c.status <> 'DELETED')`;
  return `c.id in (
    select o.id from contexts o where o.owner_id = ${sql.userId()}
    union all
    select s.context_id from context_shares s join contexts o on o.id = s.context_id
    where o.status <> 'DELETED' and ${sql.granted()})`;
}

const RANK: Readonly<Record<ContextAccess, number>> = { READ: 1, WRITE: 2, OWN: 3 };

export const suffices = (access: ContextAccess | null, needed: ContextAccess): boolean =>
  access !== null && RANK[access] >= RANK[needed];
