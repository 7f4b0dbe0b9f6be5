import type { Channel } from '../../adapters/channel-adapter.ts';
import type { Settings } from './settings/provider-settings.ts';

/** What administrators decide about a provider. */
export interface ProviderValues {
  /** `SMTP`, `TWILIO` …; `INBOX` for the inbox of the product. */
  readonly provider: string;
  readonly isActive: boolean;
  readonly rateLimitPerMinute: number;
  readonly recipientRateLimitPerMinute: number | null;
  /** The integration that it sends through; null for one with settings of its own. */
  readonly integrationId: string | null;
  /** As its adapter uses them; null when it has none. */
  readonly settings: Settings | null;
}

/** A provider of a channel. */
export interface ProviderRecord extends ProviderValues {
  readonly id: string;
  readonly channel: Channel;
  readonly name: string;
  /** The lowest is asked first. */
  readonly position: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What became of the times a provider was asked since a moment. */
export interface ProviderHealth {
  readonly since: Date;
  readonly attempts: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly averageDurationMs: number | null;
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
  readonly lastError: string | null;
}

/** Providers that the environment sets up, and those that come with the product, have ids of their own. */
export const ENVIRONMENT_PREFIX = 'environment-';
export const WEBHOOK_DEFAULT_ID = 'webhook';
const BUILT_IN = new Set(['in-app', WEBHOOK_DEFAULT_ID]);

export type ProviderSource = 'CONFIGURED' | 'ENVIRONMENT' | 'BUILT_IN';

export function sourceOf(id: string): ProviderSource {
  if (id.startsWith(ENVIRONMENT_PREFIX)) return 'ENVIRONMENT';
  return BUILT_IN.has(id) ? 'BUILT_IN' : 'CONFIGURED';
}
