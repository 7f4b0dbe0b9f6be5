import { DeliveryFailure, type OutgoingMessage } from '../channel-adapter.ts';
import { emailOptions } from '../email/email-options.ts';
import { mailbox } from '../email/mailbox.ts';
import { toSlackMessage } from '../slack/slack-message.ts';
import type { IntegrationSettings } from './integration-settings.ts';

/** What an operation of an HTTP integration may be given of a message. */
export const MESSAGE_FIELDS = [
  'notificationId',
  'recipient',
  'userId',
  'subject',
  'text',
  'html',
  'metadata',
  'createdAt',
] as const;

/** Input of `send` of an e-mail integration. */
function toEmail({ notificationId, recipient, subject, text, html, attachments, metadata }: OutgoingMessage): object {
  const options = emailOptions(metadata['email']);
  if (!options.success) {
    throw new DeliveryFailure('metadata.email cannot be used.', { code: 'INVALID_MESSAGE', retryable: false });
  }
  const replyTo = mailbox(options.data.replyTo ?? '')?.address;
  return {
    to: [recipient],
    ...(replyTo === undefined ? {} : { replyTo }),
    subject: subject ?? '',
    text,
    ...(html === null ? {} : { html }),
    headers: { 'X-Notification-Id': notificationId, 'Auto-Submitted': 'auto-generated', ...options.data.headers },
    attachments: attachments.map(({ fileName, contentType, content }) => ({
      fileName,
      // Parameters such as a charset are not among what integrations take.
      contentType: contentType.split(';')[0]?.trim() ?? contentType,
      content: Buffer.from(content).toString('base64'),
    })),
  };
}

/** Input of `postMessage` of a Slack integration. */
function toSlack(message: OutgoingMessage, { namesChannels }: IntegrationSettings): object {
  const { text, blocks, attachments, thread_ts, unfurl_links, unfurl_media } = toSlackMessage(message);
  const given = {
    text,
    channel: namesChannels ? message.recipient : undefined,
    blocks,
    attachments,
    threadTs: thread_ts,
    unfurlLinks: unfurl_links,
    unfurlMedia: unfurl_media,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Input of an operation of an HTTP integration: as much of the message as it takes. */
function toFields(message: OutgoingMessage, { fields }: IntegrationSettings): object {
  const names = MESSAGE_FIELDS.filter((name) => fields === null || fields.includes(name));
  return Object.fromEntries(
    names.map((name) => [name, name === 'createdAt' ? message.createdAt.toISOString() : message[name]]),
  );
}

/** A message as the operation of the integration takes it. */
export function toInput(message: OutgoingMessage, settings: IntegrationSettings): object {
  if (settings.type === 'EMAIL') return toEmail(message);
  return settings.type === 'SLACK' ? toSlack(message, settings) : toFields(message, settings);
}
