import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const eraseSubject: MutationResolvers['eraseSubject'] = (_root, { input }, { services, viewer }) =>
  services.erasure.erase(viewer, input);
