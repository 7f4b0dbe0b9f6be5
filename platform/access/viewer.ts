/**
 * Who asks. The gateway makes a viewer from the access token; it travels by reference within one process and as a
 * signed, short-lived header between processes (see signed-viewer.ts).
 */
export type Viewer =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user';
      readonly userId: string;
      /** `resource:action`, `*` for either half. */
      readonly scopes: readonly string[];
      readonly sessionId: string;
      /** End of the access token, in seconds since 1970; streams end then. */
      readonly expiresAt: number;
    }
  | {
      /** A service of the product acting for a user, e.g. the workflow engine giving work to an agent. */
      readonly kind: 'service';
      readonly service: string;
      readonly userId: string;
      readonly scopes: readonly string[];
    };

export type SignedInViewer = Exclude<Viewer, { kind: 'anonymous' }>;

export const ANONYMOUS: Viewer = { kind: 'anonymous' };

/** Whether a held scope covers the wanted one: equal halves, or `*` in the held one. */
export function scopeCovers(held: string, wanted: string): boolean {
  if (held === wanted || held === '*' || held === '*:*') return true;
  const [heldResource, heldAction] = held.split(':');
  const [resource, action] = wanted.split(':');
  return (heldResource === '*' || heldResource === resource) && (heldAction === '*' || heldAction === action);
}

export function hasScope(viewer: Viewer, wanted: string): boolean {
  return viewer.kind !== 'anonymous' && viewer.scopes.some((held) => scopeCovers(held, wanted));
}

/** Whether the viewer may see or change an object of this owner; `anyScope` is the resource's `…-any` scope. */
export function mayTouch(viewer: Viewer, ownerId: string, anyScope: string): boolean {
  return viewer.kind !== 'anonymous' && (viewer.userId === ownerId || hasScope(viewer, anyScope));
}
