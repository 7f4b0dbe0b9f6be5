import type { GuardedConnect, GuardedHttp } from '@flowmesh/platform/http';
import type { Services } from '@flowmesh/platform/services';
import type { ChannelAdapter } from './channel-adapter.ts';
import { createMailgunAdapter } from './email/mailgun.ts';
import { createSendgridAdapter } from './email/sendgrid.ts';
import { createSmtpAdapter } from './email/smtp.ts';
import { IntegrationCalls } from './integration/integration-calls.ts';
import { createIntegrationAdapter } from './integration/integration.ts';
import { createSlackAdapter } from './slack/slack.ts';
import { createTwilioAdapter } from './sms/twilio.ts';
import { createWebhookAdapter, type WebhookEndpoints } from './webhook/webhook.ts';

export interface AdapterParts {
  readonly http: GuardedHttp;
  readonly connect: GuardedConnect;
  readonly endpoints: WebhookEndpoints;
  readonly services: Services;
  /** Callback URL for delivery reports of Twilio; null when the product cannot be reached from outside. */
  readonly twilioCallbackUrl: string | null;
}

/** One adapter for each provider outside of the product. */
export function createAdapters({
  http,
  connect,
  endpoints,
  services,
  twilioCallbackUrl,
}: AdapterParts): readonly ChannelAdapter[] {
  return [
    createSmtpAdapter(connect),
    createSendgridAdapter(http),
    createMailgunAdapter(http),
    createTwilioAdapter(http, twilioCallbackUrl),
    createSlackAdapter(http),
    createWebhookAdapter(http, endpoints),
    createIntegrationAdapter(new IntegrationCalls(services)),
  ];
}
