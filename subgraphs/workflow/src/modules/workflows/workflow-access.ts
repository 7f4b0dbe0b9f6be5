import { hasScope, mayTouch, signedIn, type Viewer } from '@flowmesh/platform/access';

/** Whose workflows the viewer sees: null for everybody's. */
export function visibleOwner(viewer: Viewer): string | null {
  return hasScope(viewer, 'workflow:read-any') ? null : signedIn(viewer).userId;
}

export const maySee = (viewer: Viewer, ownerId: string): boolean => mayTouch(viewer, ownerId, 'workflow:read-any');
export const mayChange = (viewer: Viewer, ownerId: string): boolean => mayTouch(viewer, ownerId, 'workflow:write-any');
