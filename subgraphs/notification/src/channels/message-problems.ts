import { formatPath, type InvalidField } from '@flowmesh/platform/validation';
import type { z } from 'zod';
import type { Attachment, Channel } from './channel-adapter.ts';
import { emailOptions } from './email/email-options.ts';
import { slackOptions } from './slack/slack-options.ts';
import { MAX_SMS_CHARACTERS } from './sms/twilio-settings.ts';
import { webhookOptions } from './webhook/webhook-options.ts';

/** What a notification says, rendered. */
export interface MessageContent {
  readonly subject: string | null;
  readonly text: string;
  readonly html: string | null;
  readonly attachments: readonly Attachment[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

export const MAX_ATTACHMENTS = 20;
/** Of all attachments together; in base64 that is within what mail servers take. */
export const MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024;

const MAX_SUBJECT = 255;
const MAX_SLACK_CHARACTERS = 40_000;
const FILE_NAME = /^[^\p{Cc}/\\]{1,255}$/u;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;

/** Settings of each channel in the metadata, below a name of their own. */
const OPTIONS: Partial<Record<Channel, { name: string; parse: (value: unknown) => z.ZodSafeParseResult<unknown> }>> = {
  EMAIL: { name: 'email', parse: emailOptions },
  SLACK: { name: 'slack', parse: slackOptions },
  WEBHOOK: { name: 'webhook', parse: webhookOptions },
};

/** No message at all, or one that is too long, for channels that have such a limit. */
function textProblems(channel: Channel, { text, metadata }: MessageContent): InvalidField[] {
  const length = [...text].length;
  const longest = channel === 'SMS' ? MAX_SMS_CHARACTERS : channel === 'SLACK' ? MAX_SLACK_CHARACTERS : Infinity;
  if (length > longest)
    return [{ path: 'content', message: `must have at most ${longest.toLocaleString('en')} characters` }];
  const saysMore = channel === 'WEBHOOK' || (channel === 'SLACK' && metadata['slack'] != null);
  return length === 0 && !saysMore ? [{ path: 'content', message: 'must not be empty' }] : [];
}

function attachmentProblems(channel: Channel, attachments: readonly Attachment[]): InvalidField[] {
  if (attachments.length === 0) return [];
  const path = 'attachments';
  if (channel !== 'EMAIL') return [{ path, message: `cannot be sent by ${channel}; only EMAIL carries files` }];
  const bytes = attachments.reduce((sum, { content }) => sum + content.byteLength, 0);
  return [
    ...(attachments.length > MAX_ATTACHMENTS ? [{ path, message: `must be at most ${MAX_ATTACHMENTS}` }] : []),
    ...(bytes > MAX_ATTACHMENT_BYTES ? [{ path, message: 'must have at most 10 MB together' }] : []),
    ...attachments.flatMap(({ fileName, contentType }, index) => [
      ...(FILE_NAME.test(fileName)
        ? []
        : [
            {
              path: `${path}[${index}].fileName`,
              message: 'must be 1 to 255 characters of one line, without / and \\',
            },
          ]),
      ...(MEDIA_TYPE.test(contentType)
        ? []
        : [{ path: `${path}[${index}].contentType`, message: 'must be a media type, e.g. application/pdf' }]),
    ]),
  ];
}

/** Everything about a message that its channel could not send. Paths are below `input`. */
export function messageProblems(channel: Channel, message: MessageContent): InvalidField[] {
  const { subject, attachments, metadata } = message;
  const options = OPTIONS[channel];
  const parsed = options?.parse(metadata[options.name]);
  const subjectIsLine = subject === null || (!/\p{Cc}/u.test(subject) && [...subject].length <= MAX_SUBJECT);
  return [
    ...(subjectIsLine ? [] : [{ path: 'subject', message: `must be one line of at most ${MAX_SUBJECT} characters` }]),
    ...textProblems(channel, message),
    ...attachmentProblems(channel, attachments),
    ...(parsed?.error?.issues ?? []).map((issue) => ({
      path: formatPath(['metadata', options?.name ?? '', ...issue.path]),
      message: issue.message,
    })),
  ];
}
