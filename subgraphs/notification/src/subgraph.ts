import { networkSettings } from '@flowmesh/platform/config';
import { openDomain } from '@flowmesh/platform/domain-runtime';
import { createAddressRules, createGuardedConnect } from '@flowmesh/platform/http';
import { contextFactory, type Platform, type Roles, type Subgraph } from '@flowmesh/platform/subgraph';
import { resolvers } from './__generated__/resolvers.ts';
import type { ChannelAdapter } from './adapters/channel-adapter.ts';
import { openAdapters } from './adapters/open-adapters.ts';
import { createLoaders } from './loaders.ts';
import { createAnalytics } from './modules/analytics/analytics.ts';
import { createChannels } from './modules/channels/channels.ts';
import { channelSettings } from './modules/channels/environment-config.ts';
import { forgetDeletedUsers } from './modules/deleted-users/deleted-users.ts';
import { createDelivery, createHints } from './modules/delivery/delivery.ts';
import { followIntegrations } from './modules/delivery/integration-circuits.ts';
import { createEngagement } from './modules/engagement/engagement.ts';
import { createInbox } from './modules/inbox/inbox.ts';
import { Accounts } from './modules/notifications/accounts.ts';
import { ConfidentialText } from './modules/notifications/confidential-text.ts';
import { createNotifications } from './modules/notifications/notifications.ts';
import { createPreferences } from './modules/preferences/preferences.ts';
import { TWILIO_CALLBACK_PATH } from './modules/receipts/callback-routes.ts';
import { createReceipts } from './modules/receipts/receipts.ts';
import { TemplateTestService } from './modules/templates/template-test-service.ts';
import { createTemplates } from './modules/templates/templates.ts';
import { createWebhooks } from './modules/webhooks/webhooks.ts';
import { tellOfBudgets } from './modules/budget-alerts/budget-alerts.ts';
import { tellOfFailedWorkflows } from './modules/workflow-failures/workflow-failures.ts';
import { deliverySettings, type NotificationConfig } from './notification-config.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

/** What tests put in the place of what the product uses. */
export interface Substitutes {
  readonly settings?: Partial<NotificationConfig>;
  /** Instead of those of the same provider. */
  readonly adapters?: readonly ChannelAdapter[];
}

/** Settings → channels → modules → schema. */
export function createSubgraph(platform: Platform, roles: Roles, substitutes: Substitutes = {}): Subgraph {
  const domain = openDomain(platform, roles, { name: 'notification', connections: 16, prisma: () => null });
  const { config, bus, log } = domain;
  const settings = { ...config.settings.of(deliverySettings), ...substitutes.settings };
  const { retentionDays } = settings;
  const { allowPrivateAddresses } = config.settings.of(networkSettings);
  const { providers: environmentProviders, mailHosts } = config.settings.of(channelSettings);
  const mailRules = createAddressRules([...allowPrivateAddresses, ...mailHosts]);
  domain.keepSealed(SEALED_COLUMNS);

  const http = domain.openHttp();
  const { rules } = http;
  const { endpoints, webhookEndpoints } = createWebhooks(domain, rules);
  const { inbox, inboxAdapter } = createInbox(domain);
  // Twilio refuses addresses that lead nowhere from outside.
  const isPublic = createAddressRules([]).problemOf(config.publicUrl) === null;
  const twilioCallbackUrl = isPublic ? `${config.publicUrl}${TWILIO_CALLBACK_PATH}` : null;
  const { services: others } = domain;
  const connect = createGuardedConnect({ rules: mailRules });
  const outside = { http, connect, endpoints, services: others, twilioCallbackUrl };
  const adapters = openAdapters(domain, outside, [inboxAdapter, ...(substitutes.adapters ?? [])]);
  const hints = createHints(domain);
  const { providers, chain, ...channels } = createChannels(domain, { adapters, hints, environmentProviders, rules });

  const { templates, renderer } = createTemplates(domain);
  const accounts = new Accounts(domain.services, domain.logger);
  const preferences = createPreferences(domain, accounts);
  const confidential = new ConfidentialText(domain.secrets.box);
  const parts = { ...settings, adapters, providers, chain, hints, confidential, preferences };
  const sent = createNotifications(domain, { ...parts, renderer, accounts, endpoints });
  const { store, rights, acceptance, ...notifications } = sent;
  const registerCallbacks = createReceipts(domain, providers, retentionDays);
  const { emailLinks, registerLinks } = createEngagement(domain, isPublic);
  const services = {
    ...notifications,
    ...channels,
    ...createAnalytics(domain, { notifications: store, preferences, rights }),
    templates,
    templateTests: new TemplateTestService({ templates, renderer, notifications: notifications.notifications }),
    webhookEndpoints,
    preferences,
    inbox,
    log,
    bus,
  };
  tellOfFailedWorkflows(domain, acceptance);
  tellOfBudgets(domain, acceptance);
  forgetDeletedUsers(domain, store);
  followIntegrations(domain, { providers, chain, hints });
  createDelivery(domain, { ...parts, prepare: (message, sent) => emailLinks.prepare(message, sent) });

  return domain.subgraph({
    description: 'Notifications: templates, channels, delivery, inbox.',
    resolvers,
    createContext: contextFactory(services, createLoaders),
    registerRoutes: (server, clientOf) => {
      registerCallbacks(server, clientOf);
      registerLinks(server, clientOf);
    },
  });
}
