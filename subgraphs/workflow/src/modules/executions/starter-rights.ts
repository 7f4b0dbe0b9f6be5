import { hasScope, type SignedInViewer, type Viewer } from '@flowmesh/platform/access';
import type { StarterRights } from './execution-record.ts';

/** What the engine does for the starter, as far as the starter may do it. */
const AGENT_SCOPES = ['agent:read', 'agent:read-any', 'agent:execute', 'agent:execute-any'];
/** What it does for them with contexts, likewise. */
const CONTEXT_SCOPES = ['context:read', 'context:read-any', 'context:write', 'context:write-any'];
/** What it does for them with workflows, likewise. */
const WORKFLOW_SCOPES = ['workflow:read-any', 'workflow:execute', 'workflow:execute-any'];

export const contextScopesOf = (viewer: Viewer) => CONTEXT_SCOPES.filter((scope) => hasScope(viewer, scope));

/** What steps may do for the user who starts, or continues, an execution. */
export const rightsOf = (viewer: SignedInViewer): StarterRights => ({
  agentScopes: AGENT_SCOPES.filter((scope) => hasScope(viewer, scope)),
  contextScopes: contextScopesOf(viewer),
  starterRoleIds: viewer.roleIds ?? [],
  workflowScopes: WORKFLOW_SCOPES.filter((scope) => hasScope(viewer, scope)),
});
