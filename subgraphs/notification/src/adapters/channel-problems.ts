import { formatPath, type InvalidField } from '@flowmesh/platform/validation';
import type { z } from 'zod';
import type { Channel } from './channel-adapter.ts';
import { emailOptions } from './email/email-options.ts';
import { slackOptions } from './slack/slack-options.ts';
import { MAX_SMS_CHARACTERS } from './sms/twilio-settings.ts';
import { webhookOptions } from './webhook/webhook-options.ts';

const MAX_CHARACTERS: Partial<Record<Channel, number>> = { SMS: MAX_SMS_CHARACTERS, SLACK: 40_000 };

/** Settings of each channel in the metadata, below a name of their own. */
const OPTIONS: Partial<Record<Channel, { name: string; parse: (value: unknown) => z.ZodSafeParseResult<unknown> }>> = {
  EMAIL: { name: 'email', parse: emailOptions },
  SLACK: { name: 'slack', parse: slackOptions },
  WEBHOOK: { name: 'webhook', parse: webhookOptions },
};

/** Parts of a message that this channel cannot send, although others can. `content` is as it will be sent. */
export function channelProblems(
  channel: Channel,
  content: string,
  metadata: Readonly<Record<string, unknown>>,
): InvalidField[] {
  const max = MAX_CHARACTERS[channel] ?? Infinity;
  const message = `must have at most ${max.toLocaleString('en')} characters for ${channel}`;
  const options = OPTIONS[channel];
  const issues = options?.parse(metadata[options.name]).error?.issues ?? [];
  return [
    ...([...content].length > max ? [{ path: 'content', message }] : []),
    ...issues.map((issue) => ({
      path: formatPath(['metadata', options?.name ?? '', ...issue.path]),
      message: issue.message,
    })),
  ];
}
