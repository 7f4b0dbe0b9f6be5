import { hasScope, type SignedInViewer } from '@flowmesh/platform/access';
import { contextScopesOf } from '@flowmesh/platform/context-use';
import { EVENT_SCOPES } from './events/waitable-events.ts';

/** What steps may do for the user who started their execution, with the scopes and roles this user had then. */
export interface StarterRights {
  readonly agentScopes: readonly string[];
  readonly contextScopes: readonly string[];
  readonly starterRoleIds: readonly string[];
  readonly workflowScopes: readonly string[];
  /** To read what domain events tell of. */
  readonly eventScopes: readonly string[];
  /** On the other services that steps use. */
  readonly serviceScopes: readonly string[];
}

/** What the engine does for the starter, as far as the starter may do it. */
const AGENT_SCOPES = ['agent:read', 'agent:read-any', 'agent:execute', 'agent:execute-any'];
/** What it does for them with workflows, likewise. */
const WORKFLOW_SCOPES = ['workflow:read-any', 'workflow:execute', 'workflow:execute-any'];
/** What it, and tools of its agents, do for them with other services, likewise. */
const SERVICE_SCOPES = [
  ...['integration:read', 'integration:read-any'],
  ...['integration:invoke', 'integration:invoke-any'],
  'notification:read',
  'notification:read-any',
  'notification:send',
  'notification:send-any',
  'notification:send-anywhere',
  'user:read-any',
];

/** What steps may do for the user who starts, or continues, an execution. */
export const rightsOf = (viewer: SignedInViewer): StarterRights => ({
  agentScopes: AGENT_SCOPES.filter((scope) => hasScope(viewer, scope)),
  contextScopes: contextScopesOf(viewer),
  starterRoleIds: viewer.roleIds ?? [],
  workflowScopes: WORKFLOW_SCOPES.filter((scope) => hasScope(viewer, scope)),
  eventScopes: EVENT_SCOPES.filter((scope) => hasScope(viewer, scope)),
  serviceScopes: SERVICE_SCOPES.filter((scope) => hasScope(viewer, scope)),
});
