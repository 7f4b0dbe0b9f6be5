import { hasScope, signedIn, type Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import { parseArgument } from '@flowmesh/platform/validation';
import { auditFilter } from './audit-input.ts';
import { auditLog, type Asker } from './audit-log.ts';
import { AUDIT_LOGS, type AuditListArguments } from './audit-query.ts';
import type { AuditEntry, AuditOrigin, AuditRecord } from './audit-record.ts';
import type { AuditStore } from './audit-store.ts';

const READ_ANY = 'audit:read-any';

/**
 * The audit log: adds entries that have no transaction of their own, and shows viewers the entries that they may see.
 */
export class AuditService {
  constructor(private readonly store: AuditStore) {}

  /** Records failed and refused attempts. Completed actions are recorded in their own transaction: `appendAudit`. */
  record(origin: Asker | AuditOrigin, entry: AuditEntry): Promise<void> {
    return this.store.append([auditLog(origin, entry)]);
  }

  async page(viewer: Viewer, args: AuditListArguments): Promise<Connection<AuditRecord>> {
    const filter = parseArgument('filter', auditFilter, args.filter ?? {});
    return AUDIT_LOGS.page(args, { filter, visibleTo: visibleTo(viewer) }, this.store.list);
  }

  /** No entry with an earlier time will be added any more. */
  completeUntil(): Promise<Date> {
    return this.store.completeUntil();
  }

  /** In the order of the ids; null for entries that do not exist or that the viewer may not see. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(AuditRecord | null)[]> {
    const found = new Map((await this.store.findMany(ids)).map((entry) => [entry.id, entry]));
    return ids.map((id) => {
      const entry = found.get(id);
      return entry && this.maySee(viewer, entry) ? entry : null;
    });
  }

  /** Whether the viewer may see the origin of an entry, and its session or key. */
  revealsOrigin(viewer: Viewer, entry: AuditRecord): boolean {
    if (viewer.kind === 'anonymous') return false;
    if (hasScope(viewer, READ_ANY) || entry.actorType === 'ANONYMOUS') return true;
    return entry.actorId === viewer.userId || entry.onBehalfOfId === viewer.userId;
  }

  private maySee(viewer: Viewer, { actorId, onBehalfOfId, subjectId }: AuditRecord): boolean {
    if (viewer.kind === 'anonymous') return false;
    return hasScope(viewer, READ_ANY) || [actorId, onBehalfOfId, subjectId].includes(viewer.userId);
  }
}

/** The user whose entries the viewer sees; null: all entries. */
function visibleTo(viewer: Viewer): string | null {
  return hasScope(viewer, READ_ANY) ? null : signedIn(viewer).userId;
}
