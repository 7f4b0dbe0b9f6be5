import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const monthlyDeliveryReport: QueryResolvers['monthlyDeliveryReport'] = (
  _root,
  { month, timeZone },
  { services, viewer },
) => services.deliveryReports.report(viewer, 'MONTHLY', month, timeZone);
