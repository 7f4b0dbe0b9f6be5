import type { GuardedHttp } from '@flowmesh/platform/http';
import type { MailMessage, MailMessageData } from 'nodemailer';
import { DeliveryFailure, type ChannelAdapter } from '../channel-adapter.ts';
import { post, quoted, type Answer } from '../provider-call.ts';
import { checkEmailRecipient } from '../recipients.ts';
import { toMail } from './email-message.ts';
import type { SendgridSettings } from './email-settings.ts';
import { sendComposed } from './http-transport.ts';
import { rejectedByProvider } from './provider-failure.ts';

interface Mailbox {
  readonly address: string;
  readonly name: string;
}

const person = ({ address, name }: Mailbox) => ({ email: address, ...(name ? { name } : {}) });

const normalized = (mail: MailMessage) =>
  new Promise<MailMessageData>((resolve, reject) => {
    mail.normalize((error, data) => (error ? reject(error) : resolve(data)));
  });

/** The body of `POST /v3/mail/send`. */
async function toBody(mail: MailMessage, notificationId: string): Promise<object> {
  const data = await normalized(mail);
  const recipients = data.to as unknown as Mailbox[];
  const [replyTo] = (data.replyTo as unknown as Mailbox[] | undefined) ?? [];
  const attachments = (data.attachments ?? []).map(({ filename, contentType, content }) => ({
    filename,
    type: contentType,
    content: content as string,
    disposition: 'attachment',
  }));
  return {
    personalizations: [{ to: recipients.map(person), custom_args: { notification_id: notificationId } }],
    from: person(data.from as unknown as Mailbox),
    ...(replyTo ? { reply_to: person(replyTo) } : {}),
    // An empty subject is refused there.
    subject: String(data.subject || ' '),
    content: [
      { type: 'text/plain', value: String(data.text || ' ') },
      ...(data.html ? [{ type: 'text/html', value: String(data.html) }] : []),
    ],
    headers: { ...(data.headers as Record<string, string>), 'Message-ID': data.messageId },
    ...(attachments.length > 0 ? { attachments } : {}),
  };
}

interface Problem {
  readonly message: string;
  readonly field: string;
}

function problemsOf(body: string): Problem[] {
  try {
    const { errors } = JSON.parse(body) as { errors?: { message?: unknown; field?: unknown }[] };
    return (errors ?? []).map(({ message, field }) => ({ message: String(message ?? ''), field: String(field ?? '') }));
  } catch {
    return [];
  }
}

export function sendgridFailure({ status, headers, body }: Answer): DeliveryFailure {
  const problems = problemsOf(body);
  const said = quoted(problems.map(({ message }) => message).join('; '));
  const message = `SendGrid answered ${status}${said ? `: ${said}` : ''}`;
  const fields = problems.map(({ field }) => field);
  if (status === 400 && fields.some((field) => field.startsWith('personalizations'))) {
    return new DeliveryFailure(message, { code: 'INVALID_RECIPIENT', retryable: false });
  }
  if (status === 400 && fields.some((field) => field.startsWith('from'))) {
    return new DeliveryFailure(message, { code: 'SENDER_REJECTED', retryable: true, blame: 'provider' });
  }
  return rejectedByProvider(message, status, headers);
}

/** SendGrid by its Mail Send API. */
export function createSendgridAdapter(http: GuardedHttp): ChannelAdapter {
  return {
    channel: 'EMAIL',
    provider: 'SENDGRID',
    checkRecipient: checkEmailRecipient,
    async send(message, settings, options) {
      const sendgrid = settings as unknown as SendgridSettings;
      const answer = await sendComposed(toMail(message, sendgrid), async (mail) =>
        post(
          http,
          `${sendgrid.baseUrl}/v3/mail/send`,
          {
            headers: { authorization: `Bearer ${sendgrid.apiKey}`, 'content-type': 'application/json' },
            body: JSON.stringify(await toBody(mail, message.notificationId)),
          },
          { ...options, blame: 'provider' },
        ),
      );
      if (answer.status !== 202) throw sendgridFailure(answer);
      return {
        providerMessageId: answer.headers.get('x-message-id'),
        delivered: true,
        response: `HTTP ${answer.status}`,
      };
    },
  };
}
