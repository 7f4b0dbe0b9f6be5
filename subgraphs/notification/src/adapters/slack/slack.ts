import type { GuardedHttp } from '@flowmesh/platform/http';
import { DeliveryFailure, type ChannelAdapter } from '../channel-adapter.ts';
import { post } from '../provider-call.ts';
import { checkUrlRecipient } from '../recipients.ts';
import { slackFailure } from './slack-failure.ts';
import { toSlackMessage } from './slack-message.ts';

export interface SlackSettings {
  /** Addresses of incoming webhooks by the names that stand for them. */
  readonly webhooks: Readonly<Record<string, string>>;
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
        {
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body: JSON.stringify(toSlackMessage(message)),
        },
        { ...options, blame: configured === undefined ? 'recipient' : 'provider' },
      );
      if (answer.status !== 200) throw slackFailure(answer, configured !== undefined);
      return { providerMessageId: null, delivered: true, response: 'HTTP 200' };
    },
  };
}
