import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const completeCompensation: MutationResolvers['completeCompensation'] = (
  _root,
  { input },
  { services, viewer },
) => services.compensations.complete(viewer, input);
