import type { Connection } from '@flowmesh/platform/connections';
import type { AuditRecord } from './audit-record.ts';

export type AuditLogMapper = AuditRecord;
export type AuditLogConnectionMapper = Connection<AuditLogMapper>;
