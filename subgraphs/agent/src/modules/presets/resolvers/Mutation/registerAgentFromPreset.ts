import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const registerAgentFromPreset: MutationResolvers['registerAgentFromPreset'] = (
  _root,
  { input },
  { services, viewer },
) => services.presets.register(viewer, input);
