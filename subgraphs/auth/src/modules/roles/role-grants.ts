import { hasScope, type Viewer } from '@flowmesh/platform/access';

/** Scopes of these roles that the viewer does not hold, sorted: nobody may grant scopes that they lack. */
export function scopesBeyond(viewer: Viewer, roles: readonly { readonly scopes: readonly string[] }[]): string[] {
  return [...new Set(roles.flatMap(({ scopes }) => scopes))].filter((scope) => !hasScope(viewer, scope)).sort();
}
