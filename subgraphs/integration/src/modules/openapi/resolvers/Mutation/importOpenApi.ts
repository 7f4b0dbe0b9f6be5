import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const importOpenApi: MutationResolvers['importOpenApi'] = (_root, { input }, { services, viewer }) =>
  services.openApi.import(viewer, input);
