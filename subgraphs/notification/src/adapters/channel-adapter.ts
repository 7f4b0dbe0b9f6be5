import { storableText } from '@flowmesh/platform/validation';

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
  /** The same in every attempt, so that receivers recognise duplicates. */
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
  /** Metadata from the sender, including settings of a channel, e.g. `slack.blocks`. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** When the notification was accepted. */
  readonly createdAt: Date;
}

/** Settings of a provider, with decrypted secrets. Adapters validate them when they are configured. */
export type ChannelSettings = Readonly<Record<string, unknown>>;

export interface SendOptions {
  /** Aborted when the process ends or the lease is lost. */
  readonly signal: AbortSignal;
  /** For the whole attempt. */
  readonly deadlineMs: number;
}

/** The provider accepted the message. */
export interface SendResult {
  /** The provider's own id, by which its callbacks name the message. */
  readonly providerMessageId: string | null;
  /** True when accepted means delivered: there will be no delivery report. */
  readonly delivered: boolean;
  /** One line for the delivery log, e.g. `250 OK` or `HTTP 204`. */
  readonly response: string | null;
}

/** The recipient in canonical form, or why it is invalid. */
export type CheckedRecipient = { readonly recipient: string } | { readonly problem: string };

/** Sends messages of one channel through one kind of provider. Keeps no state that a second process would need. */
export interface ChannelAdapter {
  /** Null for one that carries several. */
  readonly channel: Channel | null;
  /** `SMTP`, `SENDGRID`, `TWILIO` …: `provider` of the channel's configuration. */
  readonly provider: string;
  /** Asked before a notification is accepted (`''`: none was given). Without it any text will do. */
  checkRecipient?(recipient: string, settings: ChannelSettings): CheckedRecipient;
  /** Rejects with `DeliveryFailure` for all expected failures. */
  send(message: OutgoingMessage, settings: ChannelSettings, options: SendOptions): Promise<SendResult>;
  /** Closes kept connections. */
  close?(): Promise<void>;
}

export interface DeliveryFailureDetails {
  /** `TIMEOUT`, `CONNECTION`, `HTTP_STATUS`, `REJECTED`, `RATE_LIMITED`, `INVALID_RECIPIENT` … */
  readonly code: string;
  /** Whether the same message may succeed later, or through another provider. */
  readonly retryable: boolean;
  /** The receiver asked to wait this long; overrides the schedule when longer. */
  readonly retryAfterMs?: number | undefined;
  /** The recipient refuses all further messages (HTTP 410, a number that opted out) and is disabled. */
  readonly disablesRecipient?: boolean | undefined;
  /** Who caused the failure: after one of the provider the next one is tried. Default `recipient`. */
  readonly blame?: 'provider' | 'recipient' | undefined;
  /**
   * Whether it counts for the provider’s circuit breaker. By default those of the provider do, unless it says how long to
   * wait: then it works, and is not called until then.
   */
  readonly isFault?: boolean | undefined;
  /** False: it does not use up an attempt, because the call was not made. Default true. */
  readonly isAttempt?: boolean | undefined;
}

/** An expected failure of an attempt. The message may be shown to the sender, so it contains no secrets; it can
 * be stored whatever it quotes. */
export class DeliveryFailure extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly disablesRecipient: boolean;
  readonly blame: 'provider' | 'recipient';
  readonly isFault: boolean;
  readonly isAttempt: boolean;

  constructor(message: string, details: DeliveryFailureDetails) {
    super(storableText(message));
    this.name = 'DeliveryFailure';
    this.code = details.code;
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs;
    this.disablesRecipient = details.disablesRecipient ?? false;
    this.blame = details.blame ?? 'recipient';
    this.isFault = details.isFault ?? (this.blame === 'provider' && details.retryAfterMs === undefined);
    this.isAttempt = details.isAttempt ?? true;
  }
}
