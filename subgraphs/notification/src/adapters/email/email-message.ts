import { emailAddress } from '@flowmesh/platform/validation';
import type { SendMailOptions } from 'nodemailer';
import { DeliveryFailure, type OutgoingMessage } from '../channel-adapter.ts';
import { mailbox } from './mailbox.ts';
import { emailOptions } from './email-options.ts';
import type { SenderSettings } from './email-settings.ts';

/** Derived from the notification, so that the receiving side can tell a repeat. */
export const messageIdOf = (notificationId: string, domain: string): string => `<${notificationId}@${domain}>`;

const invalid = (message: string, code = 'INVALID_MESSAGE') => new DeliveryFailure(message, { code, retryable: false });

/** What a header must not hold: it would end the header, or begin another one. */
const hasControl = (text: string) => /\p{Cc}/u.test(text);

/**
 * The message for nodemailer, identical in each attempt except for the boundaries of its parts. Everything that becomes a
 * header was validated when the notification was accepted; this is a second check.
 */
export function toMail(message: OutgoingMessage, settings: SenderSettings): SendMailOptions {
  const to = emailAddress(message.recipient);
  if (to === null) throw invalid('The recipient is not an e-mail address.', 'INVALID_RECIPIENT');
  const from = mailbox(settings.from);
  if (from === null) {
    throw new DeliveryFailure('The sender address of the provider is not an e-mail address.', {
      code: 'CONFIGURATION',
      retryable: true,
      blame: 'provider',
    });
  }
  const subject = message.subject ?? '';
  if (hasControl(subject)) throw invalid('The subject must be one line.');
  const options = emailOptions(message.metadata['email']);
  if (!options.success) throw invalid('metadata.email cannot be used.');
  const replyTo = mailbox(options.data.replyTo ?? settings.replyTo ?? '');
  const attachments = message.attachments.map(({ fileName, contentType, content }) => {
    if (hasControl(fileName) || hasControl(contentType)) throw invalid('The name of an attachment must be one line.');
    return {
      filename: fileName,
      contentType,
      content: Buffer.from(content),
      contentDisposition: 'attachment' as const,
    };
  });
  return {
    from,
    to: { name: '', address: to },
    ...(replyTo ? { replyTo } : {}),
    subject,
    text: message.text,
    ...(message.html === null ? {} : { html: message.html }),
    attachments,
    messageId: messageIdOf(message.notificationId, from.address.slice(from.address.lastIndexOf('@') + 1)),
    date: message.createdAt,
    headers: {
      'X-Notification-Id': message.notificationId,
      // Holiday notices and the like are not sent back (RFC 3834).
      'Auto-Submitted': 'auto-generated',
      ...options.data.headers,
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
