import { connectionResolvers } from '@flowmesh/platform/connections';
import type { InboxConnectionResolvers } from '../../../__generated__/graphql.ts';

export const InboxConnection: InboxConnectionResolvers = {
  ...connectionResolvers,
  unreadCount: (_page, _args, { services, viewer }) => services.inbox.unreadCount(viewer, null),
};
