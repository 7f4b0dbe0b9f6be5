import { newId } from '@flowmesh/platform/ids';
import type { Mask } from '@flowmesh/platform/secrets';
import { AgentFailure } from '../executions/kinds/agent-failure.ts';
import type { Lease } from '../executions/lease-store.ts';
import type { CallKind, CallOutcome } from './call-record.ts';
import type { CallStore, EarlierCall } from './call-store.ts';
import type { MostOfCall } from './most-of-call.ts';
import { keptValue } from './kept-value.ts';

export const BUDGET_EXCEEDED = 'BUDGET_EXCEEDED';

export interface NewCall {
  readonly kind: CallKind;
  readonly name: string;
  readonly input: unknown;
  readonly most: MostOfCall;
  /** Of a tool: the same in each attempt for the same input. */
  readonly idempotencyKey?: string;
}

/** A call that was stored and may be made now. */
export interface OpenCall {
  /** How long it may take. */
  readonly milliseconds: number;
  /** A budget counts what it takes. */
  readonly isBounded: boolean;
  /** Stores what came of it, and charges budgets with what it has used. */
  end(outcome: CallOutcome): Promise<void>;
}

/** The calls of one attempt, in the order in which they are made. */
export class CallLog {
  constructor(
    private readonly store: CallStore,
    private readonly lease: Lease,
    private readonly mask: Mask,
    /** Called after each commit that appended events. */
    private readonly published: () => void,
  ) {}

  /** Throws `AgentFailure` when a budget does not allow it, and when the attempt has lost its lease. */
  async begin({ kind, name, input, most, idempotencyKey = undefined }: NewCall): Promise<OpenCall> {
    const id = newId();
    const stored = { id, kind, name, most, idempotencyKey: idempotencyKey ?? null };
    const outcome = await this.store.begin(this.lease, { ...stored, input: keptValue(this.mask.json(input)) });
    this.published();
    if (outcome.kind === 'lease lost') {
      throw new AgentFailure('ABORTED', 'The attempt has ended.', { retryable: false });
    }
    if (outcome.kind === 'refused') {
      throw new AgentFailure(outcome.refusal.code, outcome.refusal.message, { retryable: false });
    }
    const begun = performance.now();
    const timed = kind === 'TOOL' ? most.milliseconds > 0 : true;
    return {
      milliseconds: outcome.milliseconds,
      isBounded: outcome.isBounded,
      end: async ({ output, error, usage }) => {
        const latencyMs = Math.round(performance.now() - begun);
        const use = { tokens: usage?.totalTokens ?? 0, costUsd: usage?.costUsd ?? 0 };
        await this.store.end(this.lease, id, {
          output: keptValue(output === undefined ? undefined : this.mask.json(output)),
          error: error ? { code: error.code, message: this.mask.text(error.message) } : null,
          usage: usage ?? null,
          latencyMs,
          charged: { ...use, milliseconds: timed ? latencyMs : 0 },
        });
        this.published();
      },
    };
  }

  /** What an attempt before has made of the same call of a tool; null for nothing. */
  earlier(idempotencyKey: string): Promise<EarlierCall | null> {
    return this.store.earlier(this.lease.id, idempotencyKey, this.lease.token);
  }
}
