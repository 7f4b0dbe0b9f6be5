import type { GuardedHttp } from '@flowmesh/platform/http';
import { DeliveryFailure, type ChannelAdapter } from '../channel-adapter.ts';
import { post, quoted, type Answer } from '../provider-call.ts';
import { checkEmailRecipient } from '../recipients.ts';
import { toMail } from './email-message.ts';
import type { MailgunSettings } from './email-settings.ts';
import { sendComposed } from './http-transport.ts';
import { rejectedByProvider } from './provider-failure.ts';

function field(body: string, name: 'id' | 'message'): string {
  try {
    return String((JSON.parse(body) as Record<string, unknown>)[name] ?? '');
  } catch {
    // Some failures are answered as text.
    return name === 'message' ? body : '';
  }
}

export function mailgunFailure({ status, headers, body }: Answer): DeliveryFailure {
  const said = quoted(field(body, 'message'));
  const message = `Mailgun answered ${status}${said ? `: ${said}` : ''}`;
  if (status === 400 && /'to' parameter|recipient/i.test(said)) {
    return new DeliveryFailure(message, { code: 'INVALID_RECIPIENT', retryable: false });
  }
  if (status === 400 && /'from' parameter|sender/i.test(said)) {
    return new DeliveryFailure(message, { code: 'SENDER_REJECTED', retryable: true, blame: 'provider' });
  }
  return rejectedByProvider(message, status, headers);
}

/** Mailgun by its API for whole messages: what arrives is what nodemailer has composed. */
export function createMailgunAdapter(http: GuardedHttp): ChannelAdapter {
  return {
    channel: 'EMAIL',
    provider: 'MAILGUN',
    checkRecipient: checkEmailRecipient,
    async send(message, settings, options) {
      const mailgun = settings as unknown as MailgunSettings;
      const answer = await sendComposed(toMail(message, mailgun), async (mail) => {
        const mime = new Blob([new Uint8Array(await mail.message.build())], { type: 'message/rfc822' });
        const form = new FormData();
        form.set('to', message.recipient);
        form.set('message', mime, 'message.mime');
        form.set('v:notification_id', message.notificationId);
        const encoded = new Response(form);
        return post(
          http,
          `${mailgun.baseUrl}/v3/${encodeURIComponent(mailgun.domain)}/messages.mime`,
          {
            headers: {
              authorization: `Basic ${Buffer.from(`api:${mailgun.apiKey}`).toString('base64')}`,
              'content-type': encoded.headers.get('content-type') ?? '',
            },
            body: new Uint8Array(await encoded.arrayBuffer()),
          },
          { ...options, blame: 'provider' },
        );
      });
      if (answer.status !== 200) throw mailgunFailure(answer);
      return {
        providerMessageId: field(answer.body, 'id') || null,
        delivered: true,
        response: quoted(`HTTP 200 ${field(answer.body, 'message')}`),
      };
    },
  };
}
