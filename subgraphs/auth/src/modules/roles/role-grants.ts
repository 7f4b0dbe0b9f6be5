import { hasScope, type Viewer } from '@flowmesh/platform/access';

/** Scopes of these roles that the viewer does not hold, sorted: nobody may give what they have not got. */
export function scopesBeyond(viewer: Viewer, roles: readonly { readonly scopes: readonly string[] }[]): string[] {
  return [...new Set(roles.flatMap(({ scopes }) => scopes))].filter((scope) => !hasScope(viewer, scope)).sort();
}
