import { hasScope, signedIn, type Viewer } from '@flowmesh/platform/access';

/** Whose integrations the viewer sees: null for everybody's. */
export function visibleOwner(viewer: Viewer): string | null {
  return hasScope(viewer, 'integration:read-any') ? null : signedIn(viewer).userId;
}
