/** Twilio's limit for one message, which it sends as several segments. */
export const MAX_SMS_CHARACTERS = 1_600;

export interface TwilioSettings {
  readonly baseUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** A number of the account in E.164, or an alphanumeric sender; or else a messaging service. */
  readonly from: string | null;
  readonly messagingServiceSid: string | null;
}
