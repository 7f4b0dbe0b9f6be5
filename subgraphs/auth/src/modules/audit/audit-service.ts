import { hasScope, type Viewer } from '@flowmesh/platform/access';
import {
  decodeCursor,
  pageSize,
  toConnection,
  type Connection,
  type PageArguments,
} from '@flowmesh/platform/connections';
import { badInput } from '@flowmesh/platform/errors';
import { parseInput } from '@flowmesh/platform/validation';
import type { Caller } from '../../caller.ts';
import { auditFilter } from './audit-input.ts';
import { auditLog } from './audit-log.ts';
import type { AuditOrder, AuditQuery } from './audit-query.ts';
import type { AuditEntry, AuditOrigin, AuditRecord } from './audit-record.ts';
import type { AuditStore } from './audit-store.ts';

export interface AuditListArguments extends PageArguments {
  readonly filter?: object | null | undefined;
  /** The latest first when left out. */
  readonly orderBy?: { readonly direction?: 'ASC' | 'DESC' } | null | undefined;
}

const READ_ANY = 'audit:read-any';

/** The audit log: adds what has no transaction of its own, and shows everybody what they may see. */
export class AuditService {
  constructor(private readonly store: AuditStore) {}

  /** Records what was tried and failed, or was refused. What has been done is recorded where it is done: `appendAudit`. */
  record(origin: Caller | AuditOrigin, entry: AuditEntry): Promise<void> {
    return this.store.append([auditLog(origin, entry)]);
  }

  async page(viewer: Viewer, { filter, orderBy, first, after }: AuditListArguments): Promise<Connection<AuditRecord>> {
    const order: AuditOrder = {
      list: 'auditLogs',
      field: 'occurredAt',
      direction: orderBy?.direction ?? 'DESC',
      type: 'date',
    };
    const query = this.queryOf(viewer, filter);
    const cursor = after == null ? null : decodeCursor(after, order);
    const rows = await this.store.page(query, cursor, order, pageSize({ first }) + 1);
    return toConnection(rows, { first, after }, order, () => this.store.count(query));
  }

  /** No entry from before this moment will be added any more. */
  completeUntil(): Promise<Date> {
    return this.store.completeUntil();
  }

  /** In the order of the ids; null for what is not there or may not be seen. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(AuditRecord | null)[]> {
    const found = new Map((await this.store.findMany(ids)).map((entry) => [entry.id, entry]));
    return ids.map((id) => {
      const entry = found.get(id);
      return entry && this.maySee(viewer, entry) ? entry : null;
    });
  }

  /** Whether the viewer may know from where it was done, and through which session or key. */
  revealsOrigin(viewer: Viewer, entry: AuditRecord): boolean {
    if (viewer.kind === 'anonymous') return false;
    if (hasScope(viewer, READ_ANY) || entry.actorType === 'ANONYMOUS') return true;
    return entry.actorId === viewer.userId || entry.onBehalfOfId === viewer.userId;
  }

  private maySee(viewer: Viewer, { actorId, onBehalfOfId, subjectId }: AuditRecord): boolean {
    if (viewer.kind === 'anonymous') return false;
    return hasScope(viewer, READ_ANY) || [actorId, onBehalfOfId, subjectId].includes(viewer.userId);
  }

  /** Throws `badInput` for a filter that cannot be used. */
  private queryOf(viewer: Viewer, filter: object | null | undefined): AuditQuery {
    const parsed = parseInput(auditFilter, filter ?? {});
    if (!parsed.ok) {
      const [problem] = parsed.error.fields;
      throw badInput(`filter.${problem?.path}`, problem?.message ?? 'cannot be used');
    }
    const visibleTo = viewer.kind === 'anonymous' ? '' : hasScope(viewer, READ_ANY) ? null : viewer.userId;
    return { filter: parsed.data, visibleTo };
  }
}
