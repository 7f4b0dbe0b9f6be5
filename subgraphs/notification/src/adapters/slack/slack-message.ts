import { DeliveryFailure, type OutgoingMessage } from '../channel-adapter.ts';
import { slackOptions } from './slack-options.ts';
import { escapeSlackText, withoutBroadcasts } from './slack-text.ts';

export interface SlackMessage {
  readonly text: string;
  readonly blocks?: unknown;
  readonly attachments?: unknown;
  readonly thread_ts?: string;
  readonly unfurl_links?: boolean;
  readonly unfurl_media?: boolean;
}

/** As Slack takes it. With blocks, the text is what notices and screen readers show. */
export function toSlackMessage({ subject, text, metadata }: OutgoingMessage): SlackMessage {
  const options = slackOptions(metadata['slack']);
  if (!options.success) {
    throw new DeliveryFailure('metadata.slack cannot be used.', { code: 'INVALID_MESSAGE', retryable: false });
  }
  const { blocks, attachments, threadTs, unfurlLinks, unfurlMedia } = options.data;
  return {
    text: subject ? `*${escapeSlackText(subject)}*\n${escapeSlackText(text)}` : escapeSlackText(text),
    ...(blocks?.length ? { blocks: withoutBroadcasts(blocks) } : {}),
    ...(attachments?.length ? { attachments: withoutBroadcasts(attachments) } : {}),
    ...(threadTs ? { thread_ts: threadTs } : {}),
    ...(unfurlLinks == null ? {} : { unfurl_links: unfurlLinks }),
    ...(unfurlMedia == null ? {} : { unfurl_media: unfurlMedia }),
  };
}
