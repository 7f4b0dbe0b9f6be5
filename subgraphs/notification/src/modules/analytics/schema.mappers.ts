import type { DeliveryFigures, TemplateFigures, UserEngagement } from './analytics-record.ts';

export type NotificationFiguresMapper = DeliveryFigures;
export type NotificationTemplateAnalyticsMapper = TemplateFigures;
export type NotificationUserEngagementMapper = UserEngagement;
