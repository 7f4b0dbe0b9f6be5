export interface SessionRecord {
  readonly id: string;
  readonly userId: string;
  readonly expiresAt: Date;
}

/** Why a session ended before its time. */
export type RevocationReason = 'LOGOUT' | 'TOKEN_REUSED';
