import type { NewEvent } from '@flowmesh/platform/events';
import type { RevocationReason, SessionRecord } from './session-record.ts';

export interface SessionRevokedPayload {
  readonly sessionId: string;
  readonly userId: string;
  readonly reason: RevocationReason;
}

/** `session.revoked`, version 1. */
export const sessionRevoked = (
  { id, userId }: Pick<SessionRecord, 'id' | 'userId'>,
  reason: RevocationReason,
): NewEvent<SessionRevokedPayload> => ({
  type: 'session.revoked',
  version: 1,
  stream: `session:${id}`,
  ownerId: userId,
  payload: { sessionId: id, userId, reason },
});
