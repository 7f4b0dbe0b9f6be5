import type { GuardedHttp } from '@flowmesh/platform/http';
import { DeliveryFailure, type ChannelAdapter } from '../channel-adapter.ts';
import { checkPhoneRecipient } from '../recipients.ts';
import { phoneNumber } from './phone-number.ts';
import { twilioFailure, type TwilioError } from './twilio-failure.ts';
import { twilioHttpClient } from './twilio-http-client.ts';
import type { TwilioSettings } from './twilio-settings.ts';

/** Both kinds of error that the library throws for an answer. */
const isAnswer = (error: unknown): error is TwilioError =>
  error instanceof Error && 'status' in error && typeof error.status === 'number';

/**
 * Twilio Programmable Messaging. What became of a message is reported later, to `statusCallback`; null when the product
 * cannot be reached from outside.
 */
export function createTwilioAdapter(http: GuardedHttp, statusCallback: string | null): ChannelAdapter {
  return {
    channel: 'SMS',
    provider: 'TWILIO',
    checkRecipient: checkPhoneRecipient,
    async send(message, settings, options) {
      const twilio = settings as unknown as TwilioSettings;
      const to = phoneNumber(message.recipient);
      if (to === null) {
        throw new DeliveryFailure('The recipient is not a telephone number.', {
          code: 'INVALID_RECIPIENT',
          retryable: false,
        });
      }
      // The library is large, and many installations send no text messages.
      const { default: createClient } = await import('twilio');
      const httpClient = twilioHttpClient(http, twilio.baseUrl, options);
      const client = createClient(twilio.accountSid, twilio.authToken, { httpClient: httpClient.client });
      try {
        const sent = await client.messages.create({
          to,
          body: message.text,
          ...(twilio.messagingServiceSid === null
            ? { from: twilio.from ?? '' }
            : { messagingServiceSid: twilio.messagingServiceSid }),
          ...(statusCallback === null ? {} : { statusCallback }),
        });
        return { providerMessageId: sent.sid, delivered: false, response: `HTTP 201 ${sent.status}` };
      } catch (error) {
        throw isAnswer(error) ? twilioFailure(error, httpClient.lastHeaders()) : error;
      }
    },
  };
}
