import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { isAnotherRequest, requestDigest } from '@flowmesh/platform/idempotency';
import { newId } from '@flowmesh/platform/ids';
import { idempotencyConflict, notFound } from '@flowmesh/platform/validation';
import { NO_INTEGRATION } from '../integrations/integration-failures.ts';
import { inProgress, outcomeUnknown, type CallFailure } from './call-failures.ts';
import type { CallKey, CallOnceStore } from './call-once-store.ts';
import type { CallOutcome } from './call-outcome.ts';
import { LEASE_MS, type HeldKeys } from './held-keys.ts';

/** What is kept of a call. */
export type Kept = KeptAnswer | CallFailure;

interface KeptAnswer {
  readonly output: unknown;
  readonly attempts: number;
  readonly durationMs: number;
}

export interface OnceRequest {
  readonly integrationId: string;
  readonly operation: string;
  readonly input: unknown;
  readonly key: string;
  /** What may have been done is done again, rather than left undone. */
  readonly repeatUnknown: boolean;
}

/**
 * Calls of operations that must not be done twice, at most once for each idempotency key. Kept are answers and failures
 * that leave open whether the work was done; where nothing was done, the key may be used again. While a call is under way,
 * others with its key are told so. If its process dies, nobody knows what became of it: that is its outcome then.
 */
export class CallOnce {
  constructor(
    private readonly store: CallOnceStore,
    private readonly held: HeldKeys,
  ) {}

  async run(viewer: Viewer, request: OnceRequest, work: () => Promise<CallOutcome>) {
    const { integrationId, operation, input, key, repeatUnknown } = request;
    const call: CallKey = { integrationId, callerId: callerOf(viewer), key };
    const digest = requestDigest({ operation, input });
    const token = newId();
    const known = await this.store.claim(call, token, digest, LEASE_MS);
    if (!known) return notFound(NO_INTEGRATION);
    if (known.token !== token) {
      // A service of the product repeats a call whose input may depend on the time: what was asked first counts.
      const another = viewer.kind !== 'service' && isAnotherRequest(known.digest, digest);
      if (another) return idempotencyConflict(integrationId);
      if (known.outcome !== null) return { __typename: 'Kept' as const, kept: known.outcome as Kept };
      if (known.isHeld) return inProgress();
      if (!repeatUnknown) {
        const unknown = outcomeUnknown();
        const isSo = await this.store.suppose({ ...call, operation }, known.token, unknown);
        return isSo ? { __typename: 'Kept' as const, kept: unknown } : inProgress();
      }
      if (!(await this.store.takeOver({ ...call, operation }, known.token, token, LEASE_MS))) return inProgress();
    }
    return this.held.during({ call, token }, work, (outcome) => keptOf(outcome, repeatUnknown));
  }
}

/** Services act for users under keys of their own. */
function callerOf(viewer: Viewer): string {
  const { userId } = signedIn(viewer);
  return viewer.kind === 'service' ? `${viewer.service}:${userId}` : userId;
}

function keptOf(outcome: CallOutcome, repeatUnknown: boolean): Kept | null {
  if (outcome.__typename === 'InvokeIntegrationSuccess') {
    const { output, attempts, durationMs } = outcome;
    return { output, attempts, durationMs };
  }
  if (outcome.__typename !== 'IntegrationCallFailedError') return null;
  return outcome.retryable || repeatUnknown ? null : outcome;
}
