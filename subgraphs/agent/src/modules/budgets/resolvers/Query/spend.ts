import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const spend: QueryResolvers['spend'] = async (_root, args, { services, viewer }) => {
  const { groups, ...spent } = await services.budgets.spent(viewer, args);
  return { ...spent, groups: groups.map(({ key, ...figures }) => ({ key, figures })) };
};
