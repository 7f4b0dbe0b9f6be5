import type { DeliveryProblem, DeliveryStatus } from '../notifications/notification-record.ts';

/** What came of asking one provider. */
export interface Try {
  readonly channelConfigId: string | null;
  readonly provider: string | null;
  /** Among the providers of the attempt, from 1. */
  readonly position: number;
  readonly status: Exclude<DeliveryStatus, 'LOST'>;
  readonly error: DeliveryProblem | null;
  readonly response: string | null;
  readonly providerMessageId: string | null;
  readonly startedAt: Date;
  readonly durationMs: number;
}

/** How an attempt ended. */
export type AttemptOutcome =
  | { readonly kind: 'taken'; readonly tries: readonly Try[]; readonly by: Try }
  | {
      readonly kind: 'failed';
      readonly tries: readonly Try[];
      readonly error: DeliveryProblem;
      readonly retryAfterMs: number;
      /** Nothing further is to be sent to the recipient. */
      readonly disablesRecipient: boolean;
    }
  /** Nobody could be asked for now: not counted, and tried again as soon as somebody may be. */
  | { readonly kind: 'waits'; readonly error: DeliveryProblem; readonly delayMs: number }
  /** The process ends, or the right to send is lost: not counted, whatever was under way may have arrived. */
  | { readonly kind: 'aborted'; readonly reason: AbortReason };

export type AbortReason = 'process ends' | 'lease lost';
