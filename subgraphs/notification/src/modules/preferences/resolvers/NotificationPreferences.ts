import type { NotificationPreferencesResolvers } from '../../../__generated__/graphql.ts';

export const NotificationPreferences: NotificationPreferencesResolvers = {
  user: ({ userId }) => ({ __typename: 'User', id: userId }),
  quietHours: ({ quietHours }) => quietHours && { ...quietHours, days: [...quietHours.days] },
  rules: ({ rules }) => [...rules],
};
