import { hasScope, signedIn, type Viewer } from '@flowmesh/platform/access';

/** Whose notifications the viewer sees, those sent and those received: null for everybody's. */
export function visibleUser(viewer: Viewer): string | null {
  return hasScope(viewer, 'notification:read-any') ? null : signedIn(viewer).userId;
}

interface Involved {
  readonly userId: string;
  readonly senderId: string;
}

/** Sender and addressee may see a notification. */
export function maySee(viewer: Viewer, { userId, senderId }: Involved): boolean {
  const user = visibleUser(viewer);
  return user === null || user === userId || user === senderId;
}

/** Only the sender may cancel, retry or repeat it. */
export function mayChange(viewer: Viewer, { senderId }: Involved): boolean {
  return signedIn(viewer).userId === senderId || hasScope(viewer, 'notification:send-any');
}
