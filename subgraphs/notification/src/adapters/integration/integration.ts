import type { ChannelAdapter, ChannelSettings } from '../channel-adapter.ts';
import { checkEmailRecipient } from '../recipients.ts';
import type { IntegrationCalls } from './integration-calls.ts';
import { failureOf } from './integration-failure.ts';
import { toInput } from './integration-input.ts';
import type { IntegrationSettings } from './integration-settings.ts';

const settingsOf = (settings: ChannelSettings) => settings as unknown as IntegrationSettings;

/** By which names services tell the message. */
const ID_NAMES = ['messageId', 'ts', 'id'];

function idOf(output: unknown): string | null {
  if (typeof output !== 'object' || output === null) return null;
  const found = ID_NAMES.map((name) => (output as Record<string, unknown>)[name]).find((id) => typeof id === 'string');
  return (found as string | undefined) ?? null;
}

/** An integration of the product: e-mail by one of type EMAIL, Slack by SLACK, named receivers by an operation of HTTP. */
export function createIntegrationAdapter(calls: IntegrationCalls): ChannelAdapter {
  return {
    channel: null,
    provider: 'INTEGRATION',
    checkRecipient(recipient, settings) {
      const { type, recipients } = settingsOf(settings);
      if (type === 'EMAIL') return checkEmailRecipient(recipient);
      if (recipients.includes(recipient)) return { recipient };
      return { problem: `must be one that is set up: ${recipients.slice(0, 20).join(', ')}` };
    },
    async send(message, settings, { signal, deadlineMs: timeoutMs }) {
      const { integrationId, operation } = settingsOf(settings);
      const input = toInput(message, settingsOf(settings));
      const idempotencyKey = message.notificationId;
      const call = { integrationId, operation, input, idempotencyKey, timeoutMs, signal };
      const answer = await calls.invoke(call);
      if (answer.__typename !== 'InvokeIntegrationSuccess') throw failureOf(answer);
      return { providerMessageId: idOf(answer.output), delivered: true, response: 'taken by the integration' };
    },
  };
}
