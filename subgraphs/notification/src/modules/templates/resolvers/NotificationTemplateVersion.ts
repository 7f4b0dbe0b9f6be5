import type { NotificationTemplateVersionResolvers } from '../../../__generated__/graphql.ts';
import { shownTranslations } from '../shown-translations.ts';

export const NotificationTemplateVersion: NotificationTemplateVersionResolvers = {
  variables: ({ variables }) => [...variables],
  translations: shownTranslations,
  createdBy: ({ createdById }) => ({ __typename: 'User', id: createdById }),
};
