import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const passwordStrength: QueryResolvers['passwordStrength'] = async (
  _parent,
  { password, ...given },
  { services, viewer, client, loaders },
) => {
  const self = viewer.kind === 'user' ? await loaders.user.load(viewer.userId) : null;
  return services.passwordAdvice.judge(client, password, self ?? given);
};
