import { hasScope, mayTouch, type SignedInViewer, type Viewer } from '@flowmesh/platform/access';
import { unauthenticated } from '@flowmesh/platform/errors';

/** The viewer, who must be signed in: the schema's access rules see to it, this to the types. */
export function signedIn(viewer: Viewer): SignedInViewer {
  if (viewer.kind === 'anonymous') throw unauthenticated();
  return viewer;
}

/** Whose workflows the viewer sees: null for everybody's. */
export function visibleOwner(viewer: Viewer): string | null {
  return hasScope(viewer, 'workflow:read-any') ? null : signedIn(viewer).userId;
}

export const maySee = (viewer: Viewer, ownerId: string): boolean => mayTouch(viewer, ownerId, 'workflow:read-any');
export const mayChange = (viewer: Viewer, ownerId: string): boolean => mayTouch(viewer, ownerId, 'workflow:write-any');
