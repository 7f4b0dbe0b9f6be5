import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { Providers } from '../delivery/providers.ts';
import { ReceiptStore } from '../delivery/receipt-store.ts';
import { callbackRoutes } from './callback-routes.ts';
import { ReceiptService } from './receipt-service.ts';

/** What providers say of messages they have taken; gives the routes by which they say it. */
export function createReceipts(domain: OpenDomain, providers: Providers, retentionDays: number) {
  const { pool, published, config } = domain;
  const store = new ReceiptStore(pool);
  domain.retain('notification-reports', (limit) => store.removeOld(retentionDays, limit));
  return callbackRoutes(new ReceiptService({ store, providers, published }), config.publicUrl);
}
