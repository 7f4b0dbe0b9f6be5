import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { NotificationStore } from '../notifications/notification-store.ts';
import type { SendingRights } from '../notifications/sending-rights.ts';
import type { PreferenceService } from '../preferences/preference-service.ts';
import { AnalyticsService } from './analytics-service.ts';
import { AnalyticsStore } from './analytics-store.ts';
import { DeliveryReportService } from './delivery-report-service.ts';
import { ReportSubscriptionService, startReports } from './report-subscription-service.ts';
import { ReportSubscriptionStore } from './report-subscription-store.ts';

export interface AnalyticsParts {
  readonly notifications: NotificationStore;
  readonly preferences: PreferenceService;
  readonly rights: SendingRights;
}

/** What is counted of notifications, and reports of it for those who want them. */
export function createAnalytics(domain: OpenDomain, parts: AnalyticsParts) {
  const { pool, queues, published } = domain;
  const store = new AnalyticsStore(pool);
  const deliveryReports = new DeliveryReportService(store);
  const reportSubscriptions = new ReportSubscriptionService({
    ...parts,
    store: new ReportSubscriptionStore(pool),
    reports: deliveryReports,
    published,
  });
  domain.inWorkers('reports', () => startReports(reportSubscriptions, queues));
  return { analytics: new AnalyticsService(store), deliveryReports, reportSubscriptions };
}
