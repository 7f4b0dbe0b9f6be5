import type { Viewer } from '@flowmesh/platform/access';

/** Who reads or writes a context: a user, and the agent and the workflow that do it for them; null: none does. */
export interface Actor {
  readonly userId: string;
  readonly agentId: string | null;
  readonly workflowId: string | null;
}

/** Only services of the product name an agent or a workflow, in calls that they make for an execution of it. */
export function actorOf(viewer: Viewer): Actor {
  const { agentId = null, workflowId = null } = viewer.kind === 'service' ? viewer : {};
  return { userId: viewer.kind === 'anonymous' ? '' : viewer.userId, agentId, workflowId };
}
