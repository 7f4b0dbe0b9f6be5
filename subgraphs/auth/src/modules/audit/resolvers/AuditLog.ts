import type { AuditLogResolvers } from '../../../__generated__/graphql.ts';
import type { AuthContext } from '../../../context.ts';
import type { AuditLogMapper } from '../schema.mappers.ts';

/** A field for viewers who may see the origin; null for all others. */
const origin =
  <T>(read: (entry: AuditLogMapper) => T) =>
  (entry: AuditLogMapper, _args: object, { services, viewer }: AuthContext): T | null =>
    services.audit.revealsOrigin(viewer, entry) ? read(entry) : null;

const user =
  (read: (entry: AuditLogMapper) => string | null) =>
  (entry: AuditLogMapper, _args: object, { loaders }: AuthContext) => {
    const id = read(entry);
    return id === null ? null : loaders.user.load(id);
  };

export const AuditLog: AuditLogResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.auditLog.load(id),
  actor: user(({ actorType, actorId }) => (actorType === 'USER' ? actorId : null)),
  onBehalfOf: user(({ onBehalfOfId }) => onBehalfOfId),
  subject: user(({ subjectId }) => subjectId),
  sessionId: origin(({ sessionId }) => sessionId),
  apiKeyId: origin(({ apiKeyId }) => apiKeyId),
  address: origin(({ address }) => address),
  userAgent: origin(({ userAgent }) => userAgent),
};
