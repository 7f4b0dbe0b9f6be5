import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const rotateSigningKeys: MutationResolvers['rotateSigningKeys'] = async (_parent, { input }, context) => {
  const rotated = await context.services.keyRotation.rotate(context, { immediately: input.immediately === true });
  return { __typename: 'RotateSigningKeysSuccess', rotated, keys: await context.services.keyRotation.list() };
};
