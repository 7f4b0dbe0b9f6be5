import { hasScope, signedIn, type Viewer } from '@flowmesh/platform/access';

const CONTEXT_SCOPES = ['context:read', 'context:read-any', 'context:write', 'context:write-any'];

/** What whoever began an execution could do with contexts then; the execution does no more, but what its agent may. */
export interface ContextRights {
  readonly contextScopes: readonly string[];
  readonly starterRoleIds: readonly string[];
  /** The workflow that began it: what is shared with that is shared with its work. */
  readonly workflowId: string | null;
}

export const contextRightsOf = (viewer: Viewer): ContextRights => ({
  contextScopes: CONTEXT_SCOPES.filter((scope) => hasScope(viewer, scope)),
  starterRoleIds: signedIn(viewer).roleIds ?? [],
  workflowId: viewer.kind === 'service' ? (viewer.workflowId ?? null) : null,
});

/** For which execution of which agent a context is used. */
export interface ContextUser extends ContextRights {
  readonly agentId: string;
  readonly startedById: string;
  readonly requestId: string;
}
