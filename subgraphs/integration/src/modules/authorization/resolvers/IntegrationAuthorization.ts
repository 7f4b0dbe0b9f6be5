import type { IntegrationAuthorizationResolvers } from '../../../__generated__/graphql.ts';

export const IntegrationAuthorization: IntegrationAuthorizationResolvers = {
  authorizedBy: ({ authorizedBy }) => (authorizedBy === null ? null : { __typename: 'User', id: authorizedBy }),
};
