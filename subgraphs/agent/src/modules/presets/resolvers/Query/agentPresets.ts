import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const agentPresets: QueryResolvers['agentPresets'] = (_root, args, { services }) => services.presets.list(args);
