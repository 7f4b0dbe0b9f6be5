import { retryAfterMs, webhookHeaders, webhookTargetSecret, type GuardedHttp } from '@flowmesh/platform/http';
import {
  DeliveryFailure,
  type ChannelAdapter,
  type ChannelSettings,
  type OutgoingMessage,
} from '../channel-adapter.ts';
import { post, quoted, type Answer } from '../provider-call.ts';
import { checkUrlRecipient } from '../recipients.ts';
import { secretsInUse, type SigningSecrets } from './signing-secrets.ts';
import { webhookOptions } from './webhook-options.ts';

/** How calls to one receiver are signed, and what they carry besides. */
export interface WebhookSigning {
  /** The one in use; while it replaces another, both. */
  readonly secrets: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Receivers that have secrets of their own. */
export interface WebhookEndpoints {
  signingOf(userId: string, url: string): Promise<WebhookSigning | null>;
}

/** `{type, timestamp, data}` as Standard Webhooks recommends; the same for each attempt, so that its signature tells. */
function toBody({ notificationId, userId, subject, text, html, metadata, createdAt }: OutgoingMessage): string {
  const options = webhookOptions(metadata['webhook']);
  if (!options.success) {
    throw new DeliveryFailure('metadata.webhook cannot be used.', { code: 'INVALID_MESSAGE', retryable: false });
  }
  const { type, data } = options.data;
  const further = Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== 'webhook'));
  return JSON.stringify({
    type,
    timestamp: createdAt.toISOString(),
    data: data ?? { notificationId, userId, subject, text, html, metadata: further },
  });
}

/** Only 2xx is success; redirects are failures too. 410 disables the recipient. */
export function webhookFailure({ status, headers, body }: Answer): DeliveryFailure {
  const said = quoted(body);
  const message = `The receiver answered ${status}${said ? `: ${said}` : ''}`;
  if (status === 410) return new DeliveryFailure(message, { code: 'GONE', retryable: false, disablesRecipient: true });
  return new DeliveryFailure(message, {
    code: status === 429 ? 'RATE_LIMITED' : 'HTTP_STATUS',
    retryable: true,
    retryAfterMs: retryAfterMs(headers.get('retry-after')),
  });
}

/**
 * Secrets for an address that is not an endpoint: derived from the secret of the channel, which itself signs nothing. The
 * current one first.
 */
export const targetSecrets = (settings: ChannelSettings, url: string): string[] =>
  secretsInUse(settings as unknown as SigningSecrets).map((secret) => webhookTargetSecret(secret, url));

/**
 * POST to an address of the user's, signed by the Standard Webhooks scheme with a secret of that address. Events of a
 * sender's own go to endpoints only.
 */
export function createWebhookAdapter(http: GuardedHttp, endpoints: WebhookEndpoints): ChannelAdapter {
  return {
    channel: 'WEBHOOK',
    provider: 'WEBHOOK',
    checkRecipient: (recipient) => checkUrlRecipient(recipient, http.rules),
    async send(message, settings, options) {
      const own = await endpoints.signingOf(message.userId, message.recipient);
      if (own === null && message.metadata['webhook'] != null) {
        throw new DeliveryFailure('The endpoint is gone whose secret signs events of the sender’s own.', {
          code: 'CONFIGURATION',
          retryable: false,
        });
      }
      const body = toBody(message);
      const answer = await post(
        http,
        message.recipient,
        {
          headers: {
            'user-agent': 'flowmesh',
            ...own?.headers,
            'content-type': 'application/json',
            ...webhookHeaders(own?.secrets ?? targetSecrets(settings, message.recipient), message.notificationId, body),
          },
          body,
        },
        { ...options, blame: 'recipient' },
      );
      if (answer.status < 200 || answer.status > 299) throw webhookFailure(answer);
      return { providerMessageId: null, delivered: true, response: `HTTP ${answer.status}` };
    },
  };
}
