import type { NotificationFiguresResolvers } from '../../../__generated__/graphql.ts';

const rate = (part: number, whole: number) => (whole === 0 ? null : part / whole);

export const NotificationFigures: NotificationFiguresResolvers = {
  deliveryRate: ({ sent, failed }) => rate(sent, sent + failed),
  openRate: ({ opened, sent }) => rate(opened, sent),
  clickRate: ({ clicked, sent }) => rate(clicked, sent),
};
