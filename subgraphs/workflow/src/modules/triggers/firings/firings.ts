import { intersectScopes, type SignedInViewer } from '@flowmesh/platform/access';
import { ErrorCode, isOutage, PublicError } from '@flowmesh/platform/errors';
import type { Logger } from '@flowmesh/platform/logging';
import { ServiceAwayError } from '@flowmesh/platform/services';
import type { ExecutionService } from '../../executions/execution-service.ts';
import { storableText, storageProblem } from '@flowmesh/platform/validation';
import type { MakerRights } from '../../rights/maker-rights.ts';
import type { FiringRecord, TriggerReason, TriggerRecord } from '../trigger-record.ts';
import type { TriggerStore } from '../trigger-store.ts';
import { inputOf, type FiringFacts } from './facts.ts';
import { FiringRefused } from './firing-refused.ts';
import type { FiringStore } from './firing-store.ts';
import { LOOP, WAS_PAUSED } from './reasons.ts';

const TRY_AGAIN_MS = 5_000;
const REPLACED_BY = 'A later firing of its trigger has taken its place.';

export interface FiringsParts {
  readonly store: FiringStore;
  readonly triggers: TriggerStore;
  readonly executions: Pick<ExecutionService, 'execute' | 'cancel'>;
  readonly rights: Pick<MakerRights, 'makerOf'>;
  readonly facts: FiringFacts;
  /** How long a firing waits for services that do not answer. */
  readonly serviceWaitMs: number;
  readonly now: () => Promise<Date>;
  readonly logger: Logger;
}

/**
 * Decides what comes of firings, and starts their executions. Safe to do twice for the same firing, even at the same time: what was
 * decided is in its row, and the execution has its id as idempotency key.
 */
export class Firings {
  constructor(private readonly parts: FiringsParts) {}

  async settle(trigger: TriggerRecord, firing: FiringRecord): Promise<void> {
    try {
      await this.trySettle(trigger, firing);
    } catch (error) {
      if (!(error instanceof FiringRefused)) return this.postpone(trigger, firing, error);
      // Expressions write what they like into their messages.
      const reason = { code: error.code, message: storableText(error.message) };
      if (error.forGood) await this.parts.triggers.pause(trigger.id, reason);
      await this.parts.store.end(firing.id, 'REFUSED', reason);
    }
  }

  private async trySettle(trigger: TriggerRecord, firing: FiringRecord): Promise<void> {
    const { store, rights } = this.parts;
    const isBegun = firing.status === 'STARTING';
    if (!isBegun && trigger.status === 'PAUSED' && firing.cause !== 'MANUAL') {
      return store.end(firing.id, 'SKIPPED', WAS_PAUSED);
    }
    const maker = await rights.makerOf(trigger);
    if ('problem' in maker) throw refusedForGood(maker.problem);
    const viewer = asCaller(maker.viewer, firing);
    const input = firing.input ?? (await this.inputOf(trigger, firing, viewer));
    if (input === 'none') return store.forget(firing.id);
    if (input === 'loop') return store.end(firing.id, 'SKIPPED', LOOP);
    if (!isBegun && (await store.decide(trigger, firing, input.value)) !== 'start') return;
    if (trigger.overlap === 'CANCEL_OLD') await this.cancelBefore(trigger, firing, viewer);
    await this.start(trigger, firing, viewer, input.value);
  }

  private async inputOf(trigger: TriggerRecord, firing: FiringRecord, maker: SignedInViewer) {
    const facts = await this.parts.facts.of(trigger, firing, maker);
    if (!facts) return 'none';
    if (firing.chain.includes(trigger.id)) return 'loop';
    const value = await inputOf(trigger, facts, maker.userId);
    const problem = storageProblem(value);
    if (problem) throw new FiringRefused('INVALID_INPUT', `input: ${problem}`);
    return { value };
  }

  private async cancelBefore(trigger: TriggerRecord, firing: FiringRecord, viewer: SignedInViewer): Promise<void> {
    for (const id of await this.parts.store.openBefore(trigger.id, firing.id)) {
      await this.parts.executions.cancel(viewer, id, REPLACED_BY);
    }
  }

  private async start(trigger: TriggerRecord, firing: FiringRecord, viewer: SignedInViewer, input: unknown) {
    const { executions, store } = this.parts;
    // What it does carries the id of the firing as its request: events tell by it which trigger has led to them.
    const caller = { viewer, requestId: firing.id, client: { address: null, userAgent: null } };
    const outcome = await executions.execute(caller, {
      workflowId: trigger.workflowId,
      input,
      idempotencyKey: `trigger:${firing.id}`,
    });
    switch (outcome.__typename) {
      case 'ExecuteWorkflowSuccess':
        return store.started(firing.id, outcome.execution.id);
      case 'IdempotencyConflictError':
        return store.started(firing.id, outcome.id);
      case 'InvalidInputError':
        throw new FiringRefused(
          'INVALID_INPUT',
          outcome.fields.map(({ path, message }) => `${path}: ${message}`).join('; ') || outcome.message,
        );
      case 'NotFoundError':
        throw new FiringRefused(
          'FORBIDDEN',
          'Whoever starts it may not see the workflow any more.',
          firing.callerRights === null,
        );
      case 'WorkflowLimitReachedError':
        throw new FiringRefused(outcome.code, outcome.message);
      case 'WorkflowNotExecutableError':
        throw new FiringRefused(outcome.code, outcome.message, true);
    }
  }

  /** Something that it needs does not answer; or there is a fault, which may be gone after a while. */
  private async postpone(trigger: TriggerRecord, firing: FiringRecord, error: unknown): Promise<void> {
    if (error instanceof PublicError && error.extensions['code'] === ErrorCode.forbidden) {
      return this.settleRefusal(trigger, firing, { code: 'FORBIDDEN', message: error.message });
    }
    const { store, now, logger, serviceWaitMs } = this.parts;
    const isAway = error instanceof ServiceAwayError || error instanceof PublicError || isOutage(error);
    const context = { err: error, triggerId: trigger.id, firingId: firing.id };
    if (isAway) logger.warn(context, 'a firing waits for a service');
    else logger.error(context, 'a firing failed unexpectedly; it is tried again');
    const at = await now();
    const waited = at.getTime() - (firing.waitingSince ?? at).getTime();
    if (waited > serviceWaitMs) {
      const message = `Something that it needs has not answered for ${Math.round(waited / 1_000)} s.`;
      return store.end(firing.id, 'REFUSED', { code: 'SERVICE_UNAVAILABLE', message });
    }
    await store.postpone(firing.id, at, new Date(at.getTime() + TRY_AGAIN_MS));
  }

  private async settleRefusal(trigger: TriggerRecord, firing: FiringRecord, reason: TriggerReason): Promise<void> {
    // What one caller may not do says nothing about the next firing.
    if (firing.callerRights === null) await this.parts.triggers.pause(trigger.id, reason);
    await this.parts.store.end(firing.id, 'REFUSED', reason);
  }
}

/** Whoever runs a trigger by hand with fewer rights than its maker has, as with an API key, gives no more than these. */
const asCaller = (maker: SignedInViewer, { callerRights }: FiringRecord): SignedInViewer =>
  callerRights === null
    ? maker
    : {
        ...maker,
        scopes: intersectScopes(maker.scopes, callerRights.scopes),
        roleIds: (maker.roleIds ?? []).filter((id) => callerRights.roleIds.includes(id)),
      };

const refusedForGood = ({ code, message }: TriggerReason) => new FiringRefused(code, message, true);
