import { hasScope, signedIn, type Viewer } from '@flowmesh/platform/access';
import { mayChange, maySee } from '../workflows/workflow-access.ts';
import type { TemplateRecord } from './template-record.ts';

/** Everybody sees what ships with the product, and what is shared. */
export const maySeeTemplate = (viewer: Viewer, { ownerId, isShared }: TemplateRecord): boolean =>
  ownerId === null || isShared || maySee(viewer, ownerId);

/** What ships with the product cannot be changed by anybody, which is told where it matters. */
export const mayChangeTemplate = (viewer: Viewer, { ownerId }: TemplateRecord): boolean =>
  ownerId === null || mayChange(viewer, ownerId);

/** What everybody sees is decided by those who may change what belongs to others. */
export const mayShare = (viewer: Viewer): boolean => hasScope(viewer, 'workflow:write-any');

export const visibleTemplates = (viewer: Viewer) => ({
  viewerId: signedIn(viewer).userId,
  seesAll: hasScope(viewer, 'workflow:read-any'),
});
