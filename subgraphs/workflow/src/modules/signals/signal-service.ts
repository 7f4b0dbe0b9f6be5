import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { isAnotherRequest, requestDigest } from '@flowmesh/platform/idempotency';
import { newId } from '@flowmesh/platform/ids';
import { id, idempotencyConflict, jsonValue, notFound, parseInput, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { EventDelivery } from '../executions/events/event-delivery.ts';
import type { SignalRecord, WaitStore } from '../executions/events/wait-store.ts';
import type { Engine } from '../executions/engine/engine.ts';
import { MAX_KEPT_SIGNALS } from '../executions/engine/waits/wait-writes.ts';
import { wrongState } from '../executions/execution-failures.ts';
import type { ExecutionRecord } from '../executions/execution-record.ts';
import type { ExecutionService } from '../executions/execution-service.ts';
import { isSignalName } from '../executions/step-types/wait-for-event-step.ts';

const NO_EXECUTION = 'There is no such execution, or it is not yours.';
const MAX_PAYLOAD_BYTES = 65_536;

const shape = z.object({
  executionId: id(),
  name: z.string().refine(isSignalName, 'must be a letter, then letters, digits, _ or -, at most 100 in all'),
  payload: jsonValue({ maxBytes: MAX_PAYLOAD_BYTES }).nullish(),
  idempotencyKey: text({ min: 1, max: 200 }).nullish(),
});

export interface SignalInput {
  readonly executionId: string;
  readonly name: string;
  readonly payload?: unknown;
  readonly idempotencyKey?: string | null;
}

export interface SignalServiceParts {
  readonly executions: ExecutionService;
  readonly store: WaitStore;
  readonly engine: Engine;
  readonly delivery: EventDelivery;
}

/** Tells executions what happened outside. */
export class SignalService {
  constructor(private readonly parts: SignalServiceParts) {}

  /** Stored when it succeeds: a step takes it now, or when it waits for it. */
  async send(viewer: Viewer, input: SignalInput) {
    const checked = parseInput(shape, input);
    if (!checked.ok) return checked.error;
    const { executionId, name, payload = null, idempotencyKey } = checked.data;
    const { userId } = signedIn(viewer);
    const execution = await this.parts.executions.commandable(viewer, executionId);
    if (!execution) return notFound(NO_EXECUTION);
    const digest = requestDigest({ name, payload });
    // Keys of different senders are different ones.
    const key = idempotencyKey == null ? null : `user:${userId}:${idempotencyKey}`;
    const known = key === null ? null : await this.parts.store.findByKey(executionId, key);
    if (known) return this.accepted(viewer, execution, known, false, digest);
    const signal = { id: newId(), name, payload, sentById: userId, idempotencyKey: key, requestDigest: digest };
    const outcome = await this.parts.engine.apply(executionId, { kind: 'signal', signal });
    if (!outcome) return notFound(NO_EXECUTION);
    if (!outcome.applied) return wrongState(outcome.status, 'The execution has ended already.');
    const stored = await this.parts.store.find(signal.id);
    const same = stored ?? (key === null ? null : await this.parts.store.findByKey(executionId, key));
    if (!same) return full();
    await this.parts.delivery.deliver(executionId);
    return this.accepted(viewer, execution, same, stored !== null, digest);
  }

  private async accepted(
    viewer: Viewer,
    seen: ExecutionRecord,
    signal: SignalRecord,
    created: boolean,
    digest: string,
  ) {
    if (!created && isAnotherRequest(signal.requestDigest, digest)) return idempotencyConflict(signal.id);
    const execution = (await this.parts.executions.commandable(viewer, seen.id)) ?? seen;
    return { __typename: 'SignalWorkflowExecutionSuccess' as const, execution, created };
  }
}

const full = () => ({
  __typename: 'WorkflowSignalLimitError' as const,
  code: 'WORKFLOW_SIGNAL_LIMIT',
  message: `The execution keeps ${MAX_KEPT_SIGNALS} signals that no step has waited for: no more are kept.`,
  limit: MAX_KEPT_SIGNALS,
});
