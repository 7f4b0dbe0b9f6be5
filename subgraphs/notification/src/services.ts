import type { EventBus, EventLog } from '@flowmesh/platform/events';
import type { ChannelService } from './modules/channels/channel-service.ts';
import type { ChannelTestService } from './modules/channels/channel-test-service.ts';
import type { WebhookTargetService } from './modules/channels/webhook-target-service.ts';
import type { AnalyticsService } from './modules/analytics/analytics-service.ts';
import type { ReportSubscriptionService } from './modules/analytics/report-subscription-service.ts';
import type { DeliveryReportService } from './modules/analytics/delivery-report-service.ts';
import type { InboxService } from './modules/inbox/inbox-service.ts';
import type { BulkService } from './modules/notifications/bulk-service.ts';
import type { ChangeService } from './modules/notifications/change-service.ts';
import type { NotificationService } from './modules/notifications/notification-service.ts';
import type { PreferenceService } from './modules/preferences/preference-service.ts';
import type { TemplateService } from './modules/templates/template-service.ts';
import type { TemplateTestService } from './modules/templates/template-test-service.ts';
import type { EndpointService } from './modules/webhooks/endpoint-service.ts';

/** What resolvers reach. */
export interface Services {
  readonly notifications: NotificationService;
  readonly bulks: BulkService;
  readonly templates: TemplateService;
  readonly templateTests: TemplateTestService;
  readonly preferences: PreferenceService;
  readonly inbox: InboxService;
  readonly channels: ChannelService;
  readonly webhookEndpoints: EndpointService;
  readonly channelTests: ChannelTestService;
  readonly webhookTargets: WebhookTargetService;
  readonly changes: ChangeService;
  readonly analytics: AnalyticsService;
  readonly deliveryReports: DeliveryReportService;
  readonly reportSubscriptions: ReportSubscriptionService;
  readonly log: EventLog;
  readonly bus: EventBus;
}
