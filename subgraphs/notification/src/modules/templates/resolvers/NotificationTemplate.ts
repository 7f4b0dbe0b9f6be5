import type { NotificationTemplateResolvers } from '../../../__generated__/graphql.ts';
import { shownTranslations } from '../shown-translations.ts';

export const NotificationTemplate: NotificationTemplateResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.templates.load(id),
  variables: ({ variables }) => [...variables],
  translations: shownTranslations,
  layout: ({ layoutId }, _args, { loaders }) => (layoutId === null ? null : loaders.templates.load(layoutId)),
  owner: ({ ownerId }) => ({ __typename: 'User', id: ownerId }),
  analytics: ({ id }, args, { loaders }) => loaders.templateAnalytics(args).load(id),
  versions: (template, args, { loaders }) => loaders.templateVersions(args).load(template),
};
