import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const registerAgentsFromPresets: MutationResolvers['registerAgentsFromPresets'] = (
  _root,
  { input },
  { services, viewer },
) => services.presets.registerAll(viewer, input);
