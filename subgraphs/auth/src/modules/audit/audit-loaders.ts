import type { Viewer } from '@flowmesh/platform/access';
import DataLoader from 'dataloader';
import type { AuditRecord } from './audit-record.ts';
import type { AuditService } from './audit-service.ts';

export interface AuditLoaders {
  /** Null for an id no entry has, and for entries the viewer may not see. */
  readonly auditLog: DataLoader<string, AuditRecord | null>;
}

export const createAuditLoaders = (audit: AuditService, viewer: Viewer): AuditLoaders => ({
  auditLog: new DataLoader((ids) => audit.visible(viewer, ids), { maxBatchSize: 500 }),
});
