import type { SigningSecrets } from '../../adapters/webhook/signing-secrets.ts';

/** A receiver of webhooks that has a signing secret of its own. */
export interface EndpointRecord {
  readonly id: string;
  readonly userId: string;
  readonly url: string;
  readonly description: string | null;
  readonly headerNames: string[];
  /** Until then the secret before signs as well. */
  readonly rotatingUntil: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Why nothing is sent to it, and since when. */
  readonly disabledReason: string | null;
  readonly disabledAt: Date | null;
}

/** What is kept encrypted of an endpoint. */
export interface EndpointSecrets extends SigningSecrets {
  readonly headers: Readonly<Record<string, string>>;
}
