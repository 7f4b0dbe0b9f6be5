import type { DeliveryFailure } from '../../adapters/channel-adapter.ts';
import type { ProviderRecord } from './channel-record.ts';

/** A test that was sent and did not get through. */
export const testFailed = (provider: ProviderRecord, failure: DeliveryFailure, durationMs: number) => ({
  __typename: 'NotificationChannelTestFailedError' as const,
  code: 'NOTIFICATION_CHANNEL_TEST_FAILED',
  message: failure.message,
  error: { code: failure.code, message: failure.message, retryable: failure.retryable },
  provider,
  durationMs,
});
