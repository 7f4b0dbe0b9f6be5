import type { Actor } from './actor.ts';

/** What has read or written for somebody; null: nothing, they did it themselves. */
export type Worker = Pick<Actor, 'agentId' | 'workflowId'>;

/** The fields by which such a type joins them. Agents and workflows say themselves who may see them. */
export const WORKERS = {
  agent: ({ agentId }: Worker) => (agentId === null ? null : { __typename: 'Agent' as const, id: agentId }),
  workflow: ({ workflowId }: Worker) =>
    workflowId === null ? null : { __typename: 'Workflow' as const, id: workflowId },
};
