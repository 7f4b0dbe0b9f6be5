import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const webhookEndpoints: QueryResolvers['webhookEndpoints'] = (
  _root,
  { disabled, first, after },
  { services, viewer },
) => services.webhookEndpoints.list(viewer, disabled ?? null, { first, after });
