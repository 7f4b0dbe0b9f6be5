import type { SessionResolvers } from '../../../__generated__/graphql.ts';
import { deviceOf } from '../device.ts';
import { existing } from '../../users/existing-user.ts';

export const Session: SessionResolvers = {
  user: async ({ userId }, _args, { loaders }) => existing(await loaders.user.load(userId)),
  status: (session, _args, { services }) => (services.sessionList.endedAt(session) ? 'ENDED' : 'ACTIVE'),
  current: ({ id }, _args, { viewer }) => viewer.kind === 'user' && viewer.sessionId === id,
  device: ({ userAgent }) => deviceOf(userAgent),
  expiresAt: (session, _args, { services }) => services.sessionList.endsAt(session),
  endedAt: (session, _args, { services }) => services.sessionList.endedAt(session),
  endReason: ({ revokedReason }) => revokedReason,
};
