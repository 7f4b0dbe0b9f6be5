import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { Providers } from '../delivery/providers.ts';
import { ReportStore } from '../delivery/report-store.ts';
import { callbackRoutes } from './callback-routes.ts';
import { ReportService } from './report-service.ts';

/** What providers say of messages they have taken; gives the routes by which they say it. */
export function createReports(domain: OpenDomain, providers: Providers, retentionDays: number) {
  const { pool, published, config } = domain;
  const store = new ReportStore(pool);
  domain.retain('notification-reports', (limit) => store.removeOld(retentionDays, limit));
  return callbackRoutes(new ReportService({ store, providers, published }), config.publicUrl);
}
