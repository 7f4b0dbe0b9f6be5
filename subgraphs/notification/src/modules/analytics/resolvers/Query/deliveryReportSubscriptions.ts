import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const deliveryReportSubscriptions: QueryResolvers['deliveryReportSubscriptions'] = (
  _root,
  _args,
  { services, viewer },
) => services.reportSubscriptions.own(viewer);
