import type { QueryResolvers } from '../../../../__generated__/graphql.ts';
import { SCOPES } from '../../../../__generated__/scopes.ts';

export const availableScopes: QueryResolvers['availableScopes'] = () =>
  Object.entries(SCOPES).map(([name, description]) => ({ name, description }));
