import type { Viewer } from '../access/viewer.ts';

/** A user with these scopes whose token is good for ten minutes. */
export const signedInAs = (userId: string, scopes: readonly string[]): Viewer => ({
  kind: 'user',
  userId,
  scopes,
  sessionId: 'session',
  expiresAt: Math.floor(Date.now() / 1_000) + 600,
});
