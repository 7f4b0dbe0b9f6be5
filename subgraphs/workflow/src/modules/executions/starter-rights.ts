import { hasScope, type SignedInViewer } from '@flowmesh/platform/access';
import { contextScopesOf } from '@flowmesh/platform/context-use';
import { EVENT_SCOPES } from '../event-types/step-events.ts';

/** What whoever started an execution could do then. Steps do what the starter can do still (`modules/rights`). */
export interface StarterRights {
  /** None with wildcards. */
  readonly scopes: readonly string[];
  readonly roleIds: readonly string[];
  /** The API key with which it was started: once that is revoked, the execution may do nothing more. */
  readonly keyId: string | null;
}

/** What the engine, and tools of its agents, do for the starter. */
const USED_SCOPES = [
  ...['agent:read', 'agent:read-any', 'agent:execute', 'agent:execute-any'],
  ...['workflow:read-any', 'workflow:execute', 'workflow:execute-any'],
  ...['integration:read', 'integration:read-any', 'integration:invoke', 'integration:invoke-any'],
  ...['notification:read', 'notification:read-any'],
  ...['notification:send', 'notification:send-any', 'notification:send-anywhere'],
  'user:read-any',
  ...EVENT_SCOPES,
];

/** What steps may do for the user who starts, or continues, an execution. */
export const rightsOf = (viewer: SignedInViewer): StarterRights => {
  const used = USED_SCOPES.filter((scope) => hasScope(viewer, scope));
  return {
    scopes: [...new Set([...used, ...contextScopesOf(viewer)])],
    roleIds: viewer.roleIds ?? [],
    keyId: viewer.kind === 'api-key' ? viewer.keyId : null,
  };
};
