import { retentionSettings } from '@flowmesh/platform/config';
import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { WebhookService, type WebhookServiceParts } from './webhook-service.ts';

/** What services report to the product. */
export function createWebhooks(
  domain: OpenDomain,
  parts: Omit<WebhookServiceParts, 'box' | 'published'>,
): WebhookService {
  const { config, published, secrets } = domain;
  const { executionRetentionDays } = config.settings.of(retentionSettings);
  domain.retain('inbound-webhooks', (limit) => parts.store.removeOld(executionRetentionDays, limit));
  return new WebhookService({ ...parts, box: secrets.box, published });
}
