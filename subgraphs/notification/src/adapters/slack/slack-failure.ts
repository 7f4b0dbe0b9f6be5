import { retryAfterMs } from '@flowmesh/platform/http';
import { DeliveryFailure } from '../channel-adapter.ts';
import { quoted, type Answer } from '../provider-call.ts';

/** Errors of incoming webhooks after which the address is of no use any more. */
const GONE = new Set(['no_service', 'no_service_id', 'no_active_hooks', 'service_disabled', 'channel_is_archived']);
/** The workspace or the app does not let it through; the message is not at fault. */
const FORBIDDEN = new Set([
  'action_prohibited',
  'posting_to_general_channel_denied',
  'restricted_action',
  'invalid_token',
  'no_team',
  'team_disabled',
  'channel_not_found',
  'user_not_found',
]);
/** Slack's own trouble, whatever the status. */
const TEMPORARY = new Set(['rollup_error', 'internal_error', 'service_unavailable']);

/**
 * What Slack's answer means: the body is one word. `configured` is true for an address of the channel's configuration,
 * which administrators can replace, and false for one that was given as the recipient.
 */
export function slackFailure({ status, headers, body }: Answer, configured: boolean): DeliveryFailure {
  const word = quoted(body);
  const message = `Slack answered ${status}${word ? `: ${word}` : ''}`;
  const wait = retryAfterMs(headers.get('retry-after'));
  if (status === 429)
    return new DeliveryFailure(message, { code: 'RATE_LIMITED', retryable: true, retryAfterMs: wait });
  if (status === 408 || status >= 500 || TEMPORARY.has(word)) {
    return new DeliveryFailure(message, {
      code: 'UNAVAILABLE',
      retryable: true,
      retryAfterMs: wait,
      blame: 'provider',
    });
  }
  if (GONE.has(word) || status === 410 || FORBIDDEN.has(word)) {
    if (configured) return new DeliveryFailure(message, { code: 'CONFIGURATION', retryable: true, blame: 'provider' });
    const gone = GONE.has(word) || status === 410;
    const code = gone ? 'GONE' : 'INVALID_RECIPIENT';
    return new DeliveryFailure(message, { code, retryable: false, disablesRecipient: gone });
  }
  // `invalid_payload`, `no_text`, `too_many_attachments` …; redirects are not followed.
  return new DeliveryFailure(message, { code: 'REJECTED', retryable: false });
}
