import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { contextScopesOf } from '@flowmesh/platform/context-use';

/** What whoever began an execution could do with contexts then; the execution does no more, but what its agent may. */
export interface ContextRights {
  readonly contextScopes: readonly string[];
  readonly starterRoleIds: readonly string[];
  /** The workflow that began it: what is shared with that is shared with its work. */
  readonly workflowId: string | null;
}

export const contextRightsOf = (viewer: Viewer): ContextRights => ({
  contextScopes: contextScopesOf(viewer),
  starterRoleIds: signedIn(viewer).roleIds ?? [],
  workflowId: viewer.kind === 'service' ? (viewer.workflowId ?? null) : null,
});
