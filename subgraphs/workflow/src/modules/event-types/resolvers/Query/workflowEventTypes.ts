import type { QueryResolvers } from '../../../../__generated__/graphql.ts';
import { describedEventTypes } from '../../described-event-types.ts';

export const workflowEventTypes: QueryResolvers['workflowEventTypes'] = () => describedEventTypes;
