import type { Logger } from '@flowmesh/platform/logging';
import {
  DeliveryFailure,
  type Attachment,
  type ChannelAdapter,
  type OutgoingMessage,
  type SendResult,
} from '../../adapters/channel-adapter.ts';
import type { ConfidentialText } from '../notifications/confidential-text.ts';
import type { DeliveryProblem, NotificationRecord } from '../notifications/notification-record.ts';
import type { AbortReason, AttemptOutcome, Try } from './attempt-outcome.ts';
import type { Claim, ClaimStore } from './claim-store.ts';
import type { Provider } from './provider-store.ts';
import type { ProviderPlan, Providers } from './providers.ts';

export interface AttemptParts {
  /** By provider. */
  readonly adapters: ReadonlyMap<string, ChannelAdapter>;
  readonly providers: Providers;
  readonly claims: ClaimStore;
  readonly confidential: ConfidentialText;
  readonly logger: Logger;
  /** Inserts links that are only known now into the text. */
  readonly prepare: (message: OutgoingMessage, notification: NotificationRecord) => OutgoingMessage;
  /** Of one provider. */
  readonly attemptTimeoutMs: number;
}

const CIRCUIT_OPEN: DeliveryProblem = {
  code: 'CIRCUIT_OPEN',
  message: 'The provider has failed repeatedly and is not used for a while.',
  retryable: true,
};
const NO_ROOM: DeliveryProblem = {
  code: 'RATE_LIMITED',
  message: 'The provider’s rate limit is exhausted, so it cannot replace the one that failed.',
  retryable: true,
};

/** One attempt: tries the providers in order, until one accepts the message or the recipient is at fault. */
export async function runAttempt(
  parts: AttemptParts,
  claim: Claim,
  { providers, first }: ProviderPlan,
  abort: AbortController,
): Promise<AttemptOutcome> {
  if (claim.disabledReason !== null) return refused('RECIPIENT_DISABLED', claim.disabledReason);
  const tries: Try[] = [];
  let failure: DeliveryFailure | null = null;
  let mayRetry = false;
  for (const [index, provider] of providers.entries()) {
    const at = { channelConfigId: provider.id, provider: provider.provider, position: index + 1 };
    const skipped = await whySkipped(parts, claim, provider, first);
    if (skipped) {
      tries.push({ ...at, ...skippedTry(skipped) });
      mayRetry = true;
      continue;
    }
    const startedAt = new Date();
    const begun = performance.now();
    const outcome = await send(parts, claim, provider, abort);
    if (abort.signal.aborted && outcome instanceof DeliveryFailure) {
      return { kind: 'aborted', reason: abort.signal.reason as AbortReason };
    }
    const timing = { startedAt, durationMs: Math.round(performance.now() - begun) };
    if (!(outcome instanceof DeliveryFailure)) {
      const by: Try = { ...at, ...timing, ...takenTry(outcome) };
      return { kind: 'taken', tries: [...tries, by], by };
    }
    tries.push({ ...at, ...timing, ...failedTry(outcome) });
    failure = outcome;
    mayRetry ||= outcome.retryable;
    if (outcome.blame === 'recipient') {
      mayRetry = outcome.retryable;
      break;
    }
    await parts.providers.failed(provider, outcome.message);
  }
  if (!failure) return tries.length > 0 ? failed(tries, CIRCUIT_OPEN) : refused('NO_PROVIDER', 'The channel is off.');
  return {
    kind: 'failed',
    tries,
    error: { code: failure.code, message: failure.message, retryable: mayRetry },
    retryAfterMs: failure.retryAfterMs ?? 0,
    disablesRecipient: failure.disablesRecipient,
  };
}

const failed = (tries: readonly Try[], error: DeliveryProblem): AttemptOutcome => ({
  kind: 'failed',
  tries,
  error,
  retryAfterMs: 0,
  disablesRecipient: false,
});

const refused = (code: string, message: string) => failed([], { code, message, retryable: false });

/** The first one was asked for when the attempt began; those behind it need a place of their own. */
async function whySkipped(
  { providers, claims }: AttemptParts,
  { notification }: Claim,
  provider: Provider,
  first: Provider | undefined,
): Promise<DeliveryProblem | null> {
  if (provider.id === first?.id) return null;
  const now = (await providers.of(provider.channel)).find(({ id }) => id === provider.id);
  if (!now || now.breakerOpenMs !== null) return CIRCUIT_OPEN;
  return (await claims.takePlace(now, notification.recipient)) ? null : NO_ROOM;
}

async function send(
  { adapters, attemptTimeoutMs, confidential, logger, prepare }: AttemptParts,
  claim: Claim,
  provider: Provider,
  abort: AbortController,
): Promise<SendResult | DeliveryFailure> {
  const adapter = adapters.get(provider.provider);
  if (!adapter) {
    return new DeliveryFailure('This version of the product does not know the provider.', {
      code: 'UNKNOWN_PROVIDER',
      retryable: false,
      blame: 'provider',
    });
  }
  const deadline = AbortSignal.timeout(attemptTimeoutMs);
  const signal = AbortSignal.any([abort.signal, deadline]);
  try {
    const options = { signal, deadlineMs: attemptTimeoutMs };
    return await orAborted(
      adapter.send(prepare(messageOf(claim, confidential), claim.notification), provider.settings, options),
      signal,
    );
  } catch (error) {
    if (error instanceof DeliveryFailure) return error;
    if (deadline.aborted) {
      const message = `No answer within ${attemptTimeoutMs / 1_000} s.`;
      return new DeliveryFailure(message, { code: 'TIMEOUT', retryable: true });
    }
    const { id: notificationId } = claim.notification;
    if (!signal.aborted) logger.error({ err: error, notificationId, provider: provider.provider }, 'adapter failed');
    return new DeliveryFailure('Something went wrong on our side.', {
      code: 'INTERNAL',
      retryable: true,
      blame: 'provider',
    });
  }
}

/** Limits an attempt even if an adapter ignores its abort signal. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

function messageOf(
  { notification, attachments, sealedContent }: Claim,
  confidential: ConfidentialText,
): OutgoingMessage {
  const { content, htmlContent } = confidential.open(notification, sealedContent);
  return {
    notificationId: notification.id,
    attempt: notification.attempts,
    channel: notification.channel,
    userId: notification.userId,
    recipient: notification.recipient,
    subject: notification.subject,
    text: content,
    html: htmlContent,
    attachments: attachments.map(({ fileName, contentType, content }): Attachment => ({
      fileName,
      contentType,
      content: Buffer.from(content, 'base64'),
    })),
    metadata: notification.metadata,
    createdAt: notification.createdAt,
  };
}

type Result = Pick<Try, 'status' | 'error' | 'response' | 'providerMessageId'>;

const takenTry = ({ delivered, response, providerMessageId }: SendResult): Result => ({
  status: delivered ? 'DELIVERED' : 'SENT',
  error: null,
  response,
  providerMessageId,
});

const failedTry = ({ code, message, retryable }: DeliveryFailure): Result => ({
  status: 'FAILED',
  error: { code, message, retryable },
  response: null,
  providerMessageId: null,
});

const skippedTry = (error: DeliveryProblem) => ({
  status: 'SKIPPED' as const,
  error,
  response: null,
  providerMessageId: null,
  startedAt: new Date(),
  durationMs: 0,
});
