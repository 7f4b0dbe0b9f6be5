import { hasScope, mayTouch, signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import { listOf, type Connection, type ListArguments } from '@flowmesh/platform/connections';
import { badInput } from '@flowmesh/platform/errors';
import { id, notFound, parseArgument, parseInput } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { auditLog } from '../audit/audit-log.ts';
import type { SessionListFilter, SessionListStore } from './session-list-store.ts';
import type { SessionLimits, SessionView } from './session-record.ts';
import type { SessionStore } from './session-store.ts';

const READ_ANY = 'session:read-any';
const REVOKE_ANY = 'session:revoke-any';

const SESSIONS = listOf({
  name: 'sessions',
  orders: {
    CREATED_AT: { field: 'createdAt', type: 'date' },
    LAST_USED_AT: { field: 'lastUsedAt', type: 'date' },
  },
  orderBy: { field: 'LAST_USED_AT', direction: 'DESC' },
});

const filterInput = z.object({
  userId: id().nullish(),
  everybody: z.boolean().nullish(),
  status: z.enum(['ACTIVE', 'ENDED']).nullish(),
});
const revokeInput = z.object({ id: id() });
const everywhereInput = z.object({ userId: id().nullish(), keepCurrent: z.boolean() });

export type SessionListArguments = ListArguments<'CREATED_AT' | 'LAST_USED_AT'>;

export interface SessionListServiceParts {
  readonly list: SessionListStore;
  readonly store: SessionStore;
  readonly limits: SessionLimits;
  /** After a commit that appended events. */
  readonly onEvents: () => void;
}

/** Lists sessions for their owners, and ends them from elsewhere. */
export class SessionListService {
  constructor(private readonly parts: SessionListServiceParts) {}

  /** The viewer's own sessions by default; none of users whose sessions the viewer may not see. */
  async page(viewer: Viewer, args: SessionListArguments): Promise<Connection<SessionView>> {
    return SESSIONS.page(args, this.queryOf(viewer, args.filter), this.parts.list);
  }

  /** When it expires: at its maximum age, or earlier without use. */
  endsAt({ expiresAt, lastUsedAt }: SessionView): Date {
    return new Date(Math.min(expiresAt.getTime(), lastUsedAt.getTime() + this.parts.limits.idleSeconds * 1_000));
  }

  /** When it ended; null while it is active. */
  endedAt(session: SessionView): Date | null {
    if (session.revokedAt) return session.revokedAt;
    const end = this.endsAt(session);
    return end.getTime() <= Date.now() ? end : null;
  }

  /** Ends a session of the viewer, or of anybody with `session:revoke-any`. Idempotent. */
  async revoke(caller: Caller, input: unknown) {
    const parsed = parseInput(revokeInput, input);
    if (!parsed.ok) return parsed.error;
    const { list, store, onEvents } = this.parts;
    const session = await list.find(parsed.data.id);
    if (!session || !mayTouch(caller.viewer, session.userId, REVOKE_ANY)) return notFound('There is no such session.');
    const log = auditLog(caller, {
      action: 'session.revoked',
      target: { type: 'SESSION', id: session.id },
      subjectId: session.userId,
    });
    if (await store.revoke(session, 'REVOKED', log)) onEvents();
    return { __typename: 'RevokeSessionSuccess' as const, session: (await list.find(session.id)) ?? session };
  }

  /** Ends all sessions of the viewer, or of anybody with `session:revoke-any`. */
  async logoutEverywhere(caller: Caller, input: unknown) {
    const parsed = parseInput(everywhereInput, input);
    if (!parsed.ok) return parsed.error;
    const { viewer } = caller;
    const own = viewer.kind === 'user' ? viewer : null;
    const userId = parsed.data.userId ?? own?.userId;
    if (userId === undefined || !(userId === own?.userId || hasScope(viewer, REVOKE_ANY))) {
      return notFound('There is no such user, or their sessions are not yours to end.');
    }
    const except = parsed.data.keepCurrent && own ? own.sessionId : null;
    const log = auditLog(caller, {
      action: 'session.revoked_everywhere',
      target: { type: 'USER', id: userId },
      details: { keptCurrent: except !== null },
    });
    const endedSessions = await this.parts.store.revokeAll({ userId, except }, log);
    if (endedSessions > 0) this.parts.onEvents();
    return { __typename: 'LogoutEverywhereSuccess' as const, endedSessions };
  }

  private queryOf(viewer: Viewer, filter: object | null | undefined): SessionListFilter {
    const { userId, everybody, status = 'ACTIVE' } = parseArgument('filter', filterInput, filter ?? {});
    if (userId && everybody) throw badInput('filter', 'asks for one user and for everybody');
    const own = signedIn(viewer).userId;
    const mayReadAny = hasScope(viewer, READ_ANY);
    // Without the right to see others' sessions: an empty list.
    const wanted = everybody ? (mayReadAny ? null : own) : (userId ?? own);
    const visible = wanted === null || wanted === own || mayReadAny;
    return { userId: visible ? wanted : '', status };
  }
}
