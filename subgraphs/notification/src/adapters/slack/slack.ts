import type { GuardedHttp } from '@flowmesh/platform/http';
import { DeliveryFailure, type ChannelAdapter, type OutgoingMessage } from '../channel-adapter.ts';
import { post } from '../provider-call.ts';
import { checkUrlRecipient } from '../recipients.ts';
import { slackFailure } from './slack-failure.ts';
import { slackOptions } from './slack-options.ts';
import { escapeSlackText, withoutBroadcasts } from './slack-text.ts';

export interface SlackSettings {
  /** Addresses of incoming webhooks by the names that stand for them. */
  readonly webhooks: Readonly<Record<string, string>>;
}

/** The body of an incoming webhook. With blocks, the text is what notices and screen readers show. */
function toBody({ subject, text, metadata }: OutgoingMessage): object {
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

/** Slack, and what is compatible, by incoming webhooks: the recipient is an address or the name of a configured one. */
export function createSlackAdapter(http: GuardedHttp): ChannelAdapter {
  return {
    channel: 'SLACK',
    provider: 'SLACK',
    checkRecipient(recipient, settings) {
      if (/^https?:/i.test(recipient)) return checkUrlRecipient(recipient, http.rules);
      const names = Object.keys((settings as unknown as SlackSettings).webhooks);
      if (names.includes(recipient)) return { recipient };
      return { problem: 'must be the name of a webhook that is set up, or the address of one' };
    },
    async send(message, settings, options) {
      const { webhooks } = settings as unknown as SlackSettings;
      const configured = Object.hasOwn(webhooks, message.recipient) ? webhooks[message.recipient] : undefined;
      const url = configured ?? message.recipient;
      if (!/^https?:/i.test(url)) {
        throw new DeliveryFailure('No Slack webhook of this name is configured.', {
          code: 'CONFIGURATION',
          retryable: true,
          blame: 'provider',
        });
      }
      const answer = await post(
        http,
        url,
        { headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(toBody(message)) },
        { ...options, blame: configured === undefined ? 'recipient' : 'provider' },
      );
      if (answer.status !== 200) throw slackFailure(answer, configured !== undefined);
      return { providerMessageId: null, delivered: true, response: 'HTTP 200' };
    },
  };
}
