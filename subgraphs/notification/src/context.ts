import type { EventBus, EventLog } from '@flowmesh/platform/events';
import type { CallContext } from '@flowmesh/platform/federation';
import { createLoaders, type Loaders } from './loaders.ts';
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

/** What resolvers reach, and nothing else. */
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

/** Context of one operation, or of one event of a subscription: loaders never outlive what they have read. */
export class NotificationContext {
  readonly viewer: CallContext['viewer'];
  readonly requestId: string;
  readonly signal: AbortSignal | undefined;
  readonly loaders: Loaders;

  constructor(
    readonly services: Services,
    call: CallContext,
  ) {
    this.viewer = call.viewer;
    this.requestId = call.requestId;
    this.signal = call.signal;
    this.loaders = createLoaders(this.viewer, services);
  }
}
