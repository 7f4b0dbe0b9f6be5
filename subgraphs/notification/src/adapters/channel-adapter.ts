/** Ways to reach somebody. */
export type Channel = 'EMAIL' | 'SMS' | 'SLACK' | 'WEBHOOK' | 'IN_APP';

export const CHANNELS: readonly Channel[] = ['EMAIL', 'SMS', 'SLACK', 'WEBHOOK', 'IN_APP'];

export interface Attachment {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** One attempt at delivering a notification. */
export interface OutgoingMessage {
  /** The same on every attempt: what receivers recognise repeats by. */
  readonly notificationId: string;
  /** From 1. */
  readonly attempt: number;
  readonly channel: Channel;
  /** Whom the notification is for. */
  readonly userId: string;
  /** An e-mail address, a number in E.164, the URL of a webhook …; the user's id in the app. */
  readonly recipient: string;
  readonly subject: string | null;
  readonly text: string;
  readonly html: string | null;
  readonly attachments: readonly Attachment[];
  /** What the sender gave along: also settings of a channel, e.g. `slack.blocks`. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** When the notification was accepted. */
  readonly createdAt: Date;
}

/** What a provider was configured with, secrets in the clear. Adapters check it when it is configured. */
export type ChannelSettings = Readonly<Record<string, unknown>>;

export interface SendOptions {
  /** Aborted when the process ends or the right to send is lost. */
  readonly signal: AbortSignal;
  /** For the whole attempt. */
  readonly deadlineMs: number;
}

/** The provider took the message. */
export interface SendResult {
  /** The provider's own id, by which its callbacks name the message. */
  readonly providerMessageId: string | null;
  /** Taken means delivered: nothing more will be heard. */
  readonly delivered: boolean;
  /** One line for the delivery log, e.g. `250 OK` or `HTTP 204`. */
  readonly response: string | null;
}

/** The recipient in its one spelling, or what would be right instead. */
export type CheckedRecipient = { readonly recipient: string } | { readonly problem: string };

/** Sends messages of one channel through one kind of provider. Keeps no state that a second process would need. */
export interface ChannelAdapter {
  readonly channel: Channel;
  /** `SMTP`, `SENDGRID`, `TWILIO` …: `provider` of the channel's configuration. */
  readonly provider: string;
  /** Asked before a notification is accepted (`''`: none was given). Without it any text will do. */
  checkRecipient?(recipient: string, settings: ChannelSettings): CheckedRecipient;
  /** Rejects with `DeliveryFailure` for everything that was to be expected. */
  send(message: OutgoingMessage, settings: ChannelSettings, options: SendOptions): Promise<SendResult>;
  /** Ends connections it has kept. */
  close?(): Promise<void>;
}

export interface DeliveryFailureDetails {
  /** `TIMEOUT`, `CONNECTION`, `HTTP_STATUS`, `REJECTED`, `RATE_LIMITED`, `INVALID_RECIPIENT` … */
  readonly code: string;
  /** Whether the same message may succeed later, or through another provider. */
  readonly retryable: boolean;
  /** The receiver asked to wait this long; overrides the schedule when longer. */
  readonly retryAfterMs?: number | undefined;
  /** The recipient wants nothing any more (HTTP 410, a number that opted out): nothing further is sent to it. */
  readonly disablesRecipient?: boolean | undefined;
  /** Whose fault it is: the provider's counts for its circuit breaker, the recipient's does not. Default `recipient`. */
  readonly blame?: 'provider' | 'recipient' | undefined;
}

/** An attempt that failed as attempts do. The message may be shown to the sender: no secrets. */
export class DeliveryFailure extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly disablesRecipient: boolean;
  readonly blame: 'provider' | 'recipient';

  constructor(message: string, details: DeliveryFailureDetails) {
    super(message);
    this.name = 'DeliveryFailure';
    this.code = details.code;
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs;
    this.disablesRecipient = details.disablesRecipient ?? false;
    this.blame = details.blame ?? 'recipient';
  }
}
