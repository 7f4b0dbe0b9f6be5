import type { WorkflowTriggerFiringResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowTriggerFiring: WorkflowTriggerFiringResolvers = {
  firedAt: ({ createdAt }) => createdAt,
  eventId: ({ event }) => event?.id ?? null,
  execution: ({ executionId }, _args, { loaders }) =>
    executionId === null ? null : loaders.executions.load(executionId),
};
