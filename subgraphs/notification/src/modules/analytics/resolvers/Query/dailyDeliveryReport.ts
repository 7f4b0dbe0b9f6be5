import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const dailyDeliveryReport: QueryResolvers['dailyDeliveryReport'] = (
  _root,
  { date, timeZone },
  { services, viewer },
) => services.reports.report(viewer, 'DAILY', date, timeZone);
