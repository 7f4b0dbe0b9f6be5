import { prismaKeyset, type Keyset } from '@flowmesh/platform/connections';
import type { Prisma, PrismaClient } from '@flowmesh/prisma/auth';
import type { SessionLimits, SessionView } from './session-record.ts';

export interface SessionListFilter {
  /** Null: all users. */
  readonly userId: string | null;
  readonly status: 'ACTIVE' | 'ENDED' | null;
}

const VIEW = {
  id: true,
  userId: true,
  address: true,
  userAgent: true,
  mfa: true,
  createdAt: true,
  lastUsedAt: true,
  expiresAt: true,
  revokedAt: true,
  revokedReason: true,
} as const satisfies Prisma.SessionSelect;

/** Reads sessions for lists. */
export class SessionListStore {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly limits: SessionLimits,
  ) {}

  page(filter: SessionListFilter, keyset: Keyset): Promise<SessionView[]> {
    const { where, ...order } = prismaKeyset(keyset);
    return this.prisma.session.findMany({ where: { AND: [this.toWhere(filter), where] }, ...order, select: VIEW });
  }

  count(filter: SessionListFilter): Promise<number> {
    return this.prisma.session.count({ where: this.toWhere(filter) });
  }

  find(id: string): Promise<SessionView | null> {
    return this.prisma.session.findUnique({ where: { id }, select: VIEW });
  }

  private toWhere({ userId, status }: SessionListFilter): Prisma.SessionWhereInput {
    const now = Date.now();
    const goesOn: Prisma.SessionWhereInput = {
      revokedAt: null,
      expiresAt: { gt: new Date(now) },
      lastUsedAt: { gt: new Date(now - this.limits.idleSeconds * 1_000) },
    };
    return {
      ...(userId !== null && { userId }),
      ...(status === 'ACTIVE' && goesOn),
      ...(status === 'ENDED' && { NOT: goesOn }),
    };
  }
}
