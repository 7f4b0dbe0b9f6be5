import { hasScope, type Viewer } from '../access/index.ts';

const CONTEXT_SCOPES = ['context:read', 'context:read-any', 'context:write', 'context:write-any'];

/** What a viewer may do with contexts, and with that whoever works for them. */
export const contextScopesOf = (viewer: Viewer): string[] => CONTEXT_SCOPES.filter((scope) => hasScope(viewer, scope));

/**
 * For whom and for what a service uses a context: never more than the user could when the work was begun, or continued, and
 * what is shared with the agent and the workflow that it works for.
 */
export interface ContextUser {
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly roleIds: readonly string[];
  readonly agentId?: string | null;
  readonly workflowId?: string | null;
  readonly requestId: string;
}

/** A context that the user may read, and that is not in the bin. */
export interface FoundContext {
  readonly version: number;
  readonly status: string;
  readonly access: 'READ' | 'WRITE' | 'OWN';
}

/** All that it holds, merged. */
export interface ReadContext {
  readonly version: number;
  readonly value: unknown;
}
