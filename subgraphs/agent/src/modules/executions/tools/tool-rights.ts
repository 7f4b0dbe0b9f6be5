import { hasScope, type Viewer } from '@flowmesh/platform/access';

const TOOL_SCOPES = [
  ...['agent:read', 'agent:read-any', 'agent:execute', 'agent:execute-any'],
  ...['integration:read', 'integration:read-any', 'integration:invoke', 'integration:invoke-any'],
];

/** What whoever began an execution could do with integrations and agents then; the tools of its agent do no more. */
export interface ToolRights {
  readonly toolScopes: readonly string[];
}

export const toolRightsOf = (viewer: Viewer): ToolRights => ({
  toolScopes: TOOL_SCOPES.filter((scope) => hasScope(viewer, scope)),
});
