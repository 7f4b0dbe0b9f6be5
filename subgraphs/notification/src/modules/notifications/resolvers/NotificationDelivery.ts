import type { NotificationDeliveryResolvers } from '../../../__generated__/graphql.ts';

export const NotificationDelivery: NotificationDeliveryResolvers = {
  error: ({ errorCode, errorMessage, retryable }) =>
    errorCode === null ? null : { code: errorCode, message: errorMessage ?? '', retryable: retryable ?? false },
};
