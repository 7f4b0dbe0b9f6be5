import { hasScope, mayTouch, type Viewer } from '@flowmesh/platform/access';
import { unauthenticated } from '@flowmesh/platform/errors';
import type { TemplateRecord } from './template-record.ts';

/** Whose templates the viewer sees besides shared ones: null for everybody's. */
export function visibleOwner(viewer: Viewer): string | null {
  if (hasScope(viewer, 'notification:read-any')) return null;
  if (viewer.kind === 'anonymous') throw unauthenticated();
  return viewer.userId;
}

type Owned = Pick<TemplateRecord, 'ownerId' | 'isShared'>;

/** Read it, and send with it. */
export const mayUse = (viewer: Viewer, { ownerId, isShared }: Owned): boolean =>
  (isShared && viewer.kind !== 'anonymous') || mayTouch(viewer, ownerId, 'notification:read-any');

export const mayChange = (viewer: Viewer, { ownerId }: Owned): boolean =>
  mayTouch(viewer, ownerId, 'notification:write-any');
