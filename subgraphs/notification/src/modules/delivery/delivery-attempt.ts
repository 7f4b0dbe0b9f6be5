import type { Logger } from '@flowmesh/platform/logging';
import { CallError, CallRefused, type PolicyChain } from '@flowmesh/platform/resilience';
import { storableText } from '@flowmesh/platform/validation';
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
import { policyOf } from './provider-policy.ts';
import type { Provider } from './provider-store.ts';
import type { ProviderPlan, Providers } from './providers.ts';

export interface AttemptParts {
  /** By provider. */
  readonly adapters: ReadonlyMap<string, ChannelAdapter>;
  readonly providers: Providers;
  /** Through which providers are called. */
  readonly chain: PolicyChain;
  readonly claims: ClaimStore;
  readonly confidential: ConfidentialText;
  readonly logger: Logger;
  /** Inserts links that are only known now into the text. */
  readonly prepare: (message: OutgoingMessage, notification: NotificationRecord) => OutgoingMessage;
  /** Of one provider. */
  readonly attemptTimeoutMs: number;
}

/** Until a provider may be asked that does not say so itself. */
const WAIT_MS = 1_000;

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
  plan: ProviderPlan,
  abort: AbortController,
): Promise<AttemptOutcome> {
  if (claim.disabledReason !== null) return refused('RECIPIENT_DISABLED', claim.disabledReason);
  const tries: Try[] = [];
  let failure: DeliveryFailure | null = null;
  let waiting: DeliveryProblem | null = null;
  let waitMs = Infinity;
  let mayRetry = false;
  for (const [index, provider] of fitting(parts, plan.providers, claim.notification.recipient).entries()) {
    const at = { channelConfigId: provider.id, provider: provider.provider, position: index + 1 };
    const skipped = await whySkipped(parts, claim, provider, plan.first);
    if (skipped) {
      tries.push({ ...at, ...skippedTry(skipped) });
      waiting ??= skipped;
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
    if (!outcome.isAttempt) {
      tries.push({ ...at, ...skippedTry(problemOf(outcome)) });
      waiting ??= problemOf(outcome);
      waitMs = Math.min(waitMs, outcome.retryAfterMs ?? Infinity);
      continue;
    }
    tries.push({ ...at, ...timing, ...failedTry(outcome) });
    failure = outcome;
    mayRetry ||= outcome.retryable;
    if (outcome.blame === 'recipient') {
      return failed(tries, { ...problemOf(outcome), retryable: outcome.retryable }, outcome);
    }
  }
  if (failure) return failed(tries, { ...problemOf(failure), retryable: mayRetry || waiting !== null }, failure);
  if (waiting) return { kind: 'waits', error: waiting, delayMs: Number.isFinite(waitMs) ? waitMs : WAIT_MS };
  return refused('NO_PROVIDER', 'The channel is off.');
}

function failed(tries: readonly Try[], error: DeliveryProblem, failure?: DeliveryFailure): AttemptOutcome {
  const { retryAfterMs = 0, disablesRecipient = false } = failure ?? {};
  return { kind: 'failed', tries, error, retryAfterMs, disablesRecipient };
}

const refused = (code: string, message: string) => failed([], { code, message, retryable: false });

const problemOf = ({ code, message, retryable }: DeliveryFailure): DeliveryProblem => ({ code, message, retryable });

/** Those that reach the recipient; all when none says that it does, so that each says why. */
function fitting({ adapters }: AttemptParts, providers: readonly Provider[], recipient: string): readonly Provider[] {
  const reaching = providers.filter(({ provider, settings }) => {
    const checked = adapters.get(provider)?.checkRecipient?.(recipient, settings);
    return !checked || !('problem' in checked);
  });
  return reaching.length > 0 ? reaching : providers;
}

/** The first one was asked for when the attempt began; those behind it need a place of their own. */
async function whySkipped(
  { providers, claims }: AttemptParts,
  { notification }: Claim,
  provider: Provider,
  first: Provider | undefined,
): Promise<DeliveryProblem | null> {
  if (provider.id === first?.id) return null;
  const now = (await providers.of(provider.channel)).find(({ id }) => id === provider.id);
  if (!now || !(await providers.mayAsk(now))) return CIRCUIT_OPEN;
  return (await claims.takePlace(now, notification.recipient)) ? null : NO_ROOM;
}

/** Asks a provider through the policy chain. */
async function send(
  parts: AttemptParts,
  claim: Claim,
  provider: Provider,
  abort: AbortController,
): Promise<SendResult | DeliveryFailure> {
  const { chain, providers, attemptTimeoutMs } = parts;
  try {
    const policy = policyOf(provider, attemptTimeoutMs);
    const work = (signal: AbortSignal) => call(parts, claim, provider, signal);
    const { value } = await chain.run({ key: provider.id, policy, entry: null, work, signal: abort.signal });
    providers.trust(provider);
    return value;
  } catch (error) {
    if (error instanceof CallRefused) {
      const { reason: code, message, retryAfterMs } = error;
      return new DeliveryFailure(message, { code, retryable: true, retryAfterMs, blame: 'provider', isAttempt: false });
    }
    if (!(error instanceof CallError)) throw error;
    if (error.cause instanceof DeliveryFailure) {
      if (error.cause.isAttempt) providers.trust(provider);
      else providers.doubt(provider);
      return error.cause;
    }
    return new DeliveryFailure(error.message, { code: error.code, retryable: true, blame: 'provider' });
  }
}

/** What the chain makes of a call: it counts what the provider is at fault for, and keeps to what it asks for. */
async function call(
  { adapters, attemptTimeoutMs, confidential, logger, prepare }: AttemptParts,
  claim: Claim,
  provider: Provider,
  signal: AbortSignal,
): Promise<SendResult> {
  const adapter = adapters.get(provider.provider);
  try {
    if (!adapter) {
      const message = 'This version of the product does not know the provider.';
      throw new DeliveryFailure(message, { code: 'UNKNOWN_PROVIDER', retryable: false, blame: 'provider' });
    }
    const message = prepare(messageOf(claim, confidential), claim.notification);
    return await adapter.send(message, provider.settings, { signal, deadlineMs: attemptTimeoutMs });
  } catch (error) {
    if (error instanceof DeliveryFailure) {
      const { code, message, retryAfterMs, blame, isFault: fault } = error;
      const asked = blame === 'provider' ? { retryAfterMs } : {};
      throw new CallError(code, message, { retryable: blame === 'provider', fault, ...asked, cause: error });
    }
    const { id: notificationId } = claim.notification;
    if (!signal.aborted) logger.error({ err: error, notificationId, provider: provider.provider }, 'adapter failed');
    const told = 'Something went wrong on our side.';
    throw new CallError('INTERNAL', told, { retryable: true, fault: true, cause: error });
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
  response: response && storableText(response),
  providerMessageId: providerMessageId && storableText(providerMessageId),
});

const failedTry = (failure: DeliveryFailure): Result => ({
  status: 'FAILED',
  error: problemOf(failure),
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
