import type { Caller } from '@flowmesh/platform/access';
import { isIP } from 'node:net';
import { newId } from '@flowmesh/platform/ids';
import { currentRequestId } from '@flowmesh/platform/logging';
import { storableDetails, storableText } from './audit-details.ts';
import type { AuditEntry, AuditOrigin, NewAuditLog } from './audit-record.ts';

const MAX_USER_AGENT = 500;

/** The viewer and where the request comes from. */
export type Asker = Pick<Caller, 'viewer' | 'client'>;

const NOBODY = { actorId: null, sessionId: null, apiKeyId: null, onBehalfOfId: null } as const;

/** The product itself as actor: at its start, or by schedule. */
export const BY_THE_PRODUCT: AuditOrigin = { actorType: 'SYSTEM', ...NOBODY, address: null, userAgent: null };

/** The chain from the client to the user for whom it acts. */
export function originOf({ viewer, client }: Asker): AuditOrigin {
  const from = { address: client.address, userAgent: client.userAgent };
  switch (viewer.kind) {
    case 'anonymous':
      return { actorType: 'ANONYMOUS', ...NOBODY, ...from };
    case 'user':
      return { ...NOBODY, actorType: 'USER', actorId: viewer.userId, sessionId: viewer.sessionId, ...from };
    case 'api-key': {
      const actorType = viewer.principal === 'user' ? 'USER' : 'SERVICE_ACCOUNT';
      return { ...NOBODY, actorType, actorId: viewer.userId, apiKeyId: viewer.keyId, ...from };
    }
    case 'service':
      return { ...NOBODY, actorType: 'SERVICE', actorId: viewer.service, onBehalfOfId: viewer.userId, ...from };
  }
}

/** The same for a caller who has just authenticated as this user, for example with a password. */
export const provenOriginOf = (caller: Asker, userId: string, sessionId: string | null): AuditOrigin => ({
  ...originOf(caller),
  actorType: 'USER',
  actorId: userId,
  sessionId,
});

/** An entry for `appendAudit`, with the id of the current request. */
export function auditLog(origin: Asker | AuditOrigin, entry: AuditEntry): NewAuditLog {
  const { action, outcome = 'SUCCESS', target = null, details = {} } = entry;
  const { address, userAgent, ...chain } = 'viewer' in origin ? originOf(origin) : origin;
  return {
    id: newId(),
    action,
    outcome,
    ...chain,
    targetType: target?.type ?? null,
    targetId: target?.id ?? null,
    subjectId: entry.subjectId ?? (target?.type === 'USER' ? target.id : null),
    address: storableAddress(address),
    userAgent: userAgent === null ? null : storableText(userAgent, MAX_USER_AGENT),
    requestId: currentRequestId() ?? null,
    details: storableDetails(details),
  };
}

/** IPv4 addresses in IPv6 form (`::ffff:…`) are written as IPv4. */
function storableAddress(address: string | null): string | null {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '') ?? '';
  return isIP(plain) === 0 ? null : plain;
}
