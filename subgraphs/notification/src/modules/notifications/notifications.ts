import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { ChannelAdapter } from '../../adapters/channel-adapter.ts';
import type { DeliveryHints } from '../delivery/delivery-queue.ts';
import type { Providers } from '../delivery/providers.ts';
import { startDigests } from '../digests/digest-sender.ts';
import { DigestStore } from '../digests/digest-store.ts';
import type { PreferenceService } from '../preferences/preference-service.ts';
import type { TemplateRenderer } from '../templates/template-renderer.ts';
import { Acceptance } from './acceptance.ts';
import type { Accounts } from './accounts.ts';
import { BulkService } from './bulk-service.ts';
import { BulkStore } from './bulk-store.ts';
import { ChangeService } from './change-service.ts';
import type { ConfidentialText } from './confidential-text.ts';
import { DailyLimit, type DailyLimits } from './daily-limit.ts';
import { MessageSource } from './message-source.ts';
import { NotificationService } from './notification-service.ts';
import { NotificationStore } from './notification-store.ts';
import { RecipientStore } from './recipient-store.ts';
import { SenderDayStore } from './sender-day-store.ts';
import { SendingRights, type KnownEndpoints } from './sending-rights.ts';

export interface NotificationsParts {
  /** By the name of the provider. */
  readonly adapters: ReadonlyMap<string, ChannelAdapter>;
  readonly providers: Providers;
  readonly hints: DeliveryHints;
  readonly renderer: TemplateRenderer;
  readonly preferences: PreferenceService;
  readonly accounts: Accounts;
  readonly endpoints: KnownEndpoints;
  readonly confidential: ConfidentialText;
  readonly dailyLimits: DailyLimits;
  readonly retentionDays: number;
}

/** What is accepted to be sent, collected for later, taken back, and sent again. */
export function createNotifications(domain: OpenDomain, parts: NotificationsParts) {
  const { pool, queues, bus, published } = domain;
  const { adapters, providers, hints, preferences, confidential, retentionDays } = parts;
  const store = new NotificationStore(pool);
  const digests = new DigestStore(pool, store);
  const rights = new SendingRights(parts.accounts, parts.endpoints);
  const dailyLimit = new DailyLimit(new SenderDayStore(pool), parts.dailyLimits);
  const recipients = new RecipientStore(pool);
  const messages = new MessageSource(parts.renderer, preferences);
  const sending = { store, recipients, providers, adapters, rights, dailyLimit, hints, published };
  const acceptance = new Acceptance({ ...sending, messages, preferences, digests, confidential });

  const bulks = new BulkStore(pool);
  domain.retain('notification-bulks', (limit) => bulks.removeOld(retentionDays, limit));
  domain.retain('notification-digests', (limit) => digests.removeOld(retentionDays, limit));
  domain.inWorkers('digests', () => startDigests(digests, queues, published));
  domain.endSuspendedWork(async (limit) => {
    const cancelled = await store.cancelOfSuspended(limit);
    if (cancelled > 0) published();
    return cancelled;
  });
  return {
    store,
    rights,
    acceptance,
    notifications: new NotificationService({ store, acceptance }),
    bulks: new BulkService({ store, bulks, acceptance, bus }),
    changes: new ChangeService(sending),
  };
}
