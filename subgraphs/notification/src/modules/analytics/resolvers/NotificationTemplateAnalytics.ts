import type { NotificationTemplateAnalyticsResolvers } from '../../../__generated__/graphql.ts';

export const NotificationTemplateAnalytics: NotificationTemplateAnalyticsResolvers = {
  template: ({ templateId }, _args, { loaders }) => loaders.templates.load(templateId),
  versions: ({ versions }) => [...versions],
};
