import { underField } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { executionLogs } from '../../log-updates.ts';

export const workflowExecutionLogs: SubscriptionResolvers['workflowExecutionLogs'] = {
  subscribe: (_root, { id, after }, context) => underField('workflowExecutionLogs', executionLogs(context, id, after)),
};
