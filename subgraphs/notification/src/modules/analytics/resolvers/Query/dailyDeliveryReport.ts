import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const dailyDeliveryReport: QueryResolvers['dailyDeliveryReport'] = (
  _root,
  { date, timeZone },
  { services, viewer },
) => services.deliveryReports.report(viewer, 'DAILY', date, timeZone);
