import { checkDatabase, createPool } from '@flowmesh/platform/database';
import { consumerCheck, createEventLog, startRelay, type Relay } from '@flowmesh/platform/events';
import { buildSubgraphSchema, loadTypeDefinitions } from '@flowmesh/platform/graphql';
import { createAddressRules, createGuardedConnect, createGuardedHttp } from '@flowmesh/platform/http';
import { newId } from '@flowmesh/platform/ids';
import { warnSeldom } from '@flowmesh/platform/logging';
import { createKeyRing, createSecretBox, keepSealed } from '@flowmesh/platform/secrets';
import { contextFactory, type Platform, type Roles, type Subgraph } from '@flowmesh/platform/subgraph';
import { endSuspendedWork } from '@flowmesh/platform/suspensions';
import { createAdapters } from './channels/adapters.ts';
import type { ChannelAdapter } from './channels/channel-adapter.ts';
import { ChannelSecrets } from './channels/channel-secrets.ts';
import { createLoaders } from './loaders.ts';
import { applyDefaults } from './modules/channels/channel-defaults.ts';
import { ChannelService } from './modules/channels/channel-service.ts';
import { ChannelStore } from './modules/channels/channel-store.ts';
import { ChannelTestService } from './modules/channels/channel-test-service.ts';
import { environmentMailHosts, loadEnvironmentProviders } from './modules/channels/environment-config.ts';
import { ChannelHealthStore } from './modules/channels/health-store.ts';
import { createProviderCheck } from './modules/channels/settings/catalog.ts';
import { WebhookTargetService } from './modules/channels/webhook-target-service.ts';
import { AnalyticsService } from './modules/analytics/analytics-service.ts';
import { AnalyticsStore } from './modules/analytics/analytics-store.ts';
import { ReportSubscriptionService, startReports } from './modules/analytics/report-subscription-service.ts';
import { ReportSubscriptionStore } from './modules/analytics/report-subscription-store.ts';
import { DeliveryReportService } from './modules/analytics/delivery-report-service.ts';
import { ClaimStore } from './modules/delivery/claim-store.ts';
import { DELIVERY_QUEUE, DeliveryHints, type DeliveryJob } from './modules/delivery/delivery-queue.ts';
import { startRetentions } from './modules/delivery/delivery-retention.ts';
import { startSweeper } from './modules/delivery/delivery-sweeper.ts';
import { DeliveryWorker } from './modules/delivery/delivery-worker.ts';
import { ProviderStore } from './modules/delivery/provider-store.ts';
import { Providers } from './modules/delivery/providers.ts';
import { RecoveryStore } from './modules/delivery/recovery-store.ts';
import { ReportStore } from './modules/delivery/report-store.ts';
import { RetrySchedule } from './modules/delivery/retry-schedule.ts';
import { SettlementStore } from './modules/delivery/settlement-store.ts';
import { startDigests } from './modules/digests/digest-sender.ts';
import { DigestStore } from './modules/digests/digest-store.ts';
import { EmailLinks } from './modules/engagement/email-links.ts';
import { EngagementStore } from './modules/engagement/engagement-store.ts';
import { linkRoutes } from './modules/engagement/link-routes.ts';
import { LinkSigner } from './modules/engagement/link-signer.ts';
import { createInboxAdapter } from './modules/inbox/inbox-adapter.ts';
import { InboxService } from './modules/inbox/inbox-service.ts';
import { InboxStore } from './modules/inbox/inbox-store.ts';
import { Acceptance } from './modules/notifications/acceptance.ts';
import { Accounts } from './modules/notifications/accounts.ts';
import { BulkService } from './modules/notifications/bulk-service.ts';
import { ConfidentialText } from './modules/notifications/confidential-text.ts';
import { ChangeService } from './modules/notifications/change-service.ts';
import { DailyLimit } from './modules/notifications/daily-limit.ts';
import { MessageSource } from './modules/notifications/message-source.ts';
import { NotificationService } from './modules/notifications/notification-service.ts';
import { NotificationStore } from './modules/notifications/notification-store.ts';
import { RecipientStore } from './modules/notifications/recipient-store.ts';
import { SenderDayStore } from './modules/notifications/sender-day-store.ts';
import { SendingRights } from './modules/notifications/sending-rights.ts';
import { PreferenceService } from './modules/preferences/preference-service.ts';
import { PreferenceStore } from './modules/preferences/preference-store.ts';
import { TemplateRenderer } from './modules/templates/template-renderer.ts';
import { TemplateService } from './modules/templates/template-service.ts';
import { TemplateStore } from './modules/templates/template-store.ts';
import { TemplateTestService } from './modules/templates/template-test-service.ts';
import { callbackRoutes, TWILIO_CALLBACK_PATH } from './modules/reports/callback-routes.ts';
import { ReportService } from './modules/reports/report-service.ts';
import { DELETED_USERS_GROUP, startForgettingUsers } from './modules/deleted-users/deleted-users.ts';
import { startWorkflowFailures, WORKFLOW_FAILURES_GROUP } from './modules/workflow-failures/workflow-failures.ts';
import { EndpointService } from './modules/webhooks/endpoint-service.ts';
import { EndpointStore } from './modules/webhooks/endpoint-store.ts';
import { loadNotificationConfig, type NotificationConfig } from './notification-config.ts';
import { resolvers } from './__generated__/resolvers.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

const NAME = 'notification';
/** Messages of one channel under way at the same time in this process. Most of them wait for an answer. */
const LANE_CONCURRENCY = 64;
const POOL_SIZE = 16;

/** What tests put in the place of what the product uses. */
export interface Substitutes {
  readonly settings?: Partial<NotificationConfig>;
  /** Instead of those of the same provider. */
  readonly adapters?: readonly ChannelAdapter[];
}

/** Configuration → stores → services → schema and workers. Nothing works before `start`. */
export async function createSubgraph(
  platform: Platform,
  roles: Roles,
  substitutes: Substitutes = {},
): Promise<Subgraph> {
  const { config, lifecycle, queues, bus, metrics } = platform;
  const logger = platform.logger.child({ subgraph: NAME });
  if (config.encryptionKey === null) throw new Error('The notification subgraph needs ENCRYPTION_KEY.');
  const settings = { ...loadNotificationConfig(), ...substitutes.settings };
  const rules = createAddressRules(config.allowPrivateAddresses);
  const mailRules = createAddressRules([...config.allowPrivateAddresses, ...environmentMailHosts()]);
  const environmentProviders = loadEnvironmentProviders(mailRules);

  const pool = createPool(platform.databaseUrl(NAME), { max: POOL_SIZE, applicationName: `flowmesh-${NAME}`, logger });
  lifecycle.onStop(`${NAME}: database`, () => pool.end());
  const http = createGuardedHttp({ rules });
  lifecycle.onStop(`${NAME}: http`, () => http.close());
  // Twilio refuses addresses that lead nowhere from outside.
  const isPublic = createAddressRules([]).problemOf(config.publicUrl) === null;
  const twilioCallbackUrl = isPublic ? `${config.publicUrl}${TWILIO_CALLBACK_PATH}` : null;
  const keyRing = createKeyRing(config.encryptionKey, config.decryptionKeys);
  const box = createSecretBox(keyRing);
  const endpoints = new EndpointStore(pool, box);
  const parts = { http, connect: createGuardedConnect({ rules: mailRules }), endpoints, twilioCallbackUrl };
  let relay: Relay | undefined;
  const published = () => relay?.poke();
  const inboxStore = new InboxStore(pool);
  const kinds = [...createAdapters(parts), createInboxAdapter(inboxStore, published), ...(substitutes.adapters ?? [])];
  const adapters = new Map(kinds.map((adapter) => [adapter.provider, adapter]));
  lifecycle.onStop(`${NAME}: channels`, async () => {
    for (const adapter of kinds) await adapter.close?.();
  });

  const log = createEventLog({ domain: NAME, pool });
  const warnOfLostHint = warnSeldom(logger, 'workers were not told; they find it by themselves');
  const hints = new DeliveryHints(queues.queue<DeliveryJob>(DELIVERY_QUEUE), newId(), (error) =>
    warnOfLostHint({ err: error }),
  );
  const secrets = new ChannelSecrets(box);
  const providers = new Providers(new ProviderStore(pool, secrets), new Set(adapters.keys()));
  const recovery = new RecoveryStore(pool);
  const channelStore = new ChannelStore(pool, secrets);
  const channels = new ChannelService({
    store: channelStore,
    health: new ChannelHealthStore(pool),
    checkProvider: createProviderCheck(rules),
    logger,
  });
  const channelTests = new ChannelTestService(channelStore, adapters);

  const templateStore = new TemplateStore(pool);
  const templates = new TemplateService(templateStore);
  const renderer = new TemplateRenderer(templateStore);
  const accounts = new Accounts(platform.services, logger);
  const preferences = new PreferenceService(new PreferenceStore(pool), accounts);
  const analyticsStore = new AnalyticsStore(pool);
  const analytics = new AnalyticsService(analyticsStore);
  const deliveryReports = new DeliveryReportService(analyticsStore);
  const inbox = new InboxService({ store: inboxStore, published });
  const accepting = {
    store: new NotificationStore(pool),
    recipients: new RecipientStore(pool),
    providers,
    hints,
    published,
  };
  const digests = new DigestStore(pool, accepting.store);
  const messages = new MessageSource(renderer, preferences);
  const confidential = new ConfidentialText(box);
  const rights = new SendingRights(accounts, endpoints);
  const dailyLimit = new DailyLimit(new SenderDayStore(pool), settings.dailyLimits);
  const sending = { ...accepting, adapters, rights, dailyLimit };
  const acceptance = new Acceptance({ ...sending, messages, preferences, digests, confidential });
  const notifications = new NotificationService({ ...accepting, acceptance });
  const bulks = new BulkService({ ...accepting, acceptance, bus });
  const changes = new ChangeService(sending);
  const linkSigner = new LinkSigner(keyRing);
  const emailLinks = new EmailLinks(linkSigner, config.publicUrl, isPublic);
  const worker = new DeliveryWorker({
    confidential,
    prepare: (message, notification) => emailLinks.prepare(message, notification),
    claims: new ClaimStore(pool),
    settlements: new SettlementStore(pool),
    recovery,
    providers,
    adapters,
    hints,
    schedule: new RetrySchedule(settings.retryScheduleMs),
    attemptTimeoutMs: settings.attemptTimeoutMs,
    queues,
    logger,
    concurrency: LANE_CONCURRENCY,
    published,
  });
  const reportStore = new ReportStore(pool);
  const reports = new ReportService({ store: reportStore, providers, published });
  const reportSubscriptions = new ReportSubscriptionService({
    store: new ReportSubscriptionStore(pool),
    reports: deliveryReports,
    notifications: accepting.store,
    preferences,
    rights,
    published,
  });
  const templateTests = new TemplateTestService({ templates, renderer, notifications });
  const services = {
    notifications,
    bulks,
    changes,
    templates,
    templateTests,
    channels,
    webhookEndpoints: new EndpointService(endpoints, rules),
    channelTests,
    webhookTargets: new WebhookTargetService(channelStore, rules, logger),
    preferences,
    inbox,
    analytics,
    deliveryReports,
    reportSubscriptions,
    log,
    bus,
  };

  return {
    name: NAME,
    version: '0.1.0',
    description: 'Notifications: templates, channels, delivery, inbox.',
    ...buildSubgraphSchema(loadTypeDefinitions(NAME), resolvers),
    createContext: contextFactory(services, createLoaders),
    checks: [
      { name: 'database', check: () => checkDatabase(pool) },
      { name: 'queue', check: () => queues.check() },
      { name: 'event bus', check: () => bus.check() },
      ...(roles.worker ? [consumerCheck(bus, WORKFLOW_FAILURES_GROUP), consumerCheck(bus, DELETED_USERS_GROUP)] : []),
    ],
    registerRoutes: (server) => {
      callbackRoutes(reports, config.publicUrl)(server);
      linkRoutes(linkSigner, new EngagementStore(pool))(server);
    },
    start: async () => {
      await applyDefaults(channelStore, environmentProviders);
      const started = startRelay({ domain: NAME, pool, bus, logger, metrics });
      relay = started;
      lifecycle.onStop(`${NAME}: relay`, () => started.stop());
      if (!roles.worker) return;
      keepSealed({ name: NAME, keyRing, box, pool, columns: SEALED_COLUMNS, queues, lifecycle, logger });
      const sweeper = startSweeper({ store: recovery, hints, queues, logger, published });
      lifecycle.onStop(`${NAME}: sweeper`, () => sweeper.stop());
      const { retentionDays } = settings;
      const kept = { notifications: recovery, reports: reportStore, digests };
      for (const retention of startRetentions({ ...kept, queues, logger, retentionDays })) {
        lifecycle.onStop(`${NAME}: retention`, () => retention.stop());
      }
      const collecting = startDigests(digests, queues, published);
      lifecycle.onStop(`${NAME}: digests`, () => collecting.stop());
      const reporting = startReports(reportSubscriptions, queues);
      lifecycle.onStop(`${NAME}: reports`, () => reporting.stop());
      const failures = await startWorkflowFailures({ bus, acceptance, services: platform.services, logger });
      lifecycle.onStop(`${NAME}: failures of workflows`, () => failures.stop());
      const forgetting = await startForgettingUsers({ bus, pool, notifications: accepting.store, logger, published });
      lifecycle.onStop(`${NAME}: deleted users`, () => forgetting.stop());
      const suspensions = await endSuspendedWork({
        ...{ name: NAME, bus, pool, logger, queues },
        mode: platform.config.suspendedWork,
        cancel: async (limit) => {
          const cancelled = await accepting.store.cancelOfSuspended(limit);
          if (cancelled > 0) published();
          return cancelled;
        },
      });
      lifecycle.onStop(`${NAME}: suspended users`, () => suspensions.stop());
      worker.start();
      lifecycle.onStop(`${NAME}: worker`, () => worker.stop());
    },
  };
}
