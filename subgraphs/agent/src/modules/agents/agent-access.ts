import { hasScope, signedIn, type Viewer } from '@flowmesh/platform/access';

/** Whose agents the viewer sees: null for everybody's. */
export function visibleOwner(viewer: Viewer): string | null {
  return hasScope(viewer, 'agent:read-any') ? null : signedIn(viewer).userId;
}
