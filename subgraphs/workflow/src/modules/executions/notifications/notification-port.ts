/** What a step sends, as the notification domain takes it. */
export type StepMessage = Readonly<Record<string, unknown>>;

export interface SentNotification {
  readonly id: string;
  /** A value of `NotificationStatus`. */
  readonly status: string;
  /** Why it was not sent, as far as it is known. */
  readonly problem: string | null;
}

/** For whom something is sent: with no more rights than the starter had. */
export interface Sender {
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly roleIds: readonly string[];
  readonly workflowId: string;
  readonly requestId: string;
}

/** The notification service. */
export interface NotificationPort {
  /**
   * Sends, and says how far it is: the same key never sends twice. Null when the recipient does not want it. Throws
   * `ServiceAwayError` when it is not known what was done, `StepFailure` when nothing was and nothing will be.
   */
  send(sender: Sender, message: StepMessage, idempotencyKey: string): Promise<SentNotification | null>;
}
