export type WebhookScheme = 'STRIPE' | 'GITHUB' | 'STANDARD' | 'GENERIC';
export type WebhookEncoding = 'HEX' | 'BASE64';

/** How reports are signed; header, prefix and encoding matter for GENERIC only. */
export interface SignatureRules {
  readonly scheme: WebhookScheme;
  readonly header: string;
  readonly prefix: string;
  readonly encoding: WebhookEncoding;
}

export interface WebhookEndpoint extends SignatureRules {
  readonly integrationId: string;
  readonly sealedSecret: string;
  readonly updatedAt: Date;
}

/** A report whose signature is good. */
export interface ReceivedReport {
  readonly deliveryId: string;
  readonly type: string | null;
  readonly contentType: string | null;
  readonly body: string;
}

export interface InboundWebhook extends ReceivedReport {
  readonly id: string;
  readonly integrationId: string;
  /** Of the integration. */
  readonly ownerId: string;
  readonly replays: number;
  readonly replayedAt: Date | null;
  readonly receivedAt: Date;
}
