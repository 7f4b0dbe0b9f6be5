import type { Pool } from 'pg';
import { evaluateCel, ExpressionError } from '@flowmesh/platform/expressions';
import type { Logger } from '@flowmesh/platform/logging';
import type { Definition } from '../engine/definition.ts';
import type { Definitions } from '../engine/definitions.ts';
import type { Engine } from '../engine/engine.ts';
import type { ExecutionHeader, ExecutionHeaders } from '../engine/execution-headers.ts';
import { StepResults } from '../engine/step-results.ts';
import { filterOf } from '../step-types/wait-for-event-step.ts';
import { WaitStore, type KeptSignal, type OpenWait } from './wait-store.ts';
import { matchKeysOf } from './match-keys.ts';

/** Executions in one round of the sweeper. */
const MAX_SWEPT = 200;
/** So often it is looked again while others are quicker; what is left then is found by the sweeper. */
const MAX_ROUNDS = 20;

export interface EventDeliveryParts {
  readonly pool: Pool;
  readonly engine: Engine;
  readonly definitions: Definitions;
  readonly headers: ExecutionHeaders;
  readonly logger: Logger;
}

/**
 * Brings the signals of an execution to the steps that wait for them, the oldest first. Whoever has stored a signal or begun a wait
 * calls it; each pair of them is looked at by the later one, and the engine lets each signal be taken once, however often this
 * is done.
 */
export class EventDelivery {
  private readonly store: WaitStore;

  constructor(private readonly parts: EventDeliveryParts) {
    this.store = new WaitStore(parts.pool);
  }

  /** Never fails: what could not be done is found by `sweep`. */
  async deliver(executionId: string): Promise<void> {
    try {
      await this.bring(executionId);
    } catch (error) {
      this.parts.logger.warn({ err: error, executionId }, 'signals could not be delivered; tried again');
    }
  }

  /** What was left by processes that were killed in between. */
  async sweep(): Promise<void> {
    for (const executionId of await this.store.overlooked(MAX_SWEPT)) await this.deliver(executionId);
  }

  private async bring(executionId: string): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { waits, signals } = await this.store.openOf(executionId);
      if (!(await this.match(waits, signals))) continue;
      await this.store.looked(executionId, waits, signals);
      return;
    }
  }

  /**
   * False when a signal was taken, or a wait was over, by the time they were to be brought together: then another signal may
   * be for the wait, and another wait for the signal.
   */
  private async match(waits: readonly OpenWait[], kept: readonly KeptSignal[]): Promise<boolean> {
    const left = [...kept];
    let settled = true;
    for (const wait of waits) {
      const possible = left.filter((signal) => isNamed(wait, signal));
      const header = possible.length === 0 ? undefined : await this.parts.headers.get(wait.executionId);
      if (!header) continue;
      const definition = await this.parts.definitions.of(header);
      for (const signal of possible) {
        if (!(await this.passes(header, definition, wait, signal))) continue;
        const { id: signalId, name, payload, createdAt, sentById } = signal;
        const result = { name, payload, at: createdAt.toISOString(), sentById };
        const { stepId, key } = wait;
        const outcome = await this.parts.engine.apply(header.id, {
          kind: 'event-arrived',
          stepId,
          key,
          signalId,
          result,
        });
        settled &&= outcome?.applied === true;
        left.splice(left.indexOf(signal), 1);
        break;
      }
    }
    return settled;
  }

  /** A filter that cannot be evaluated with this payload does not let it through. */
  private async passes(
    header: ExecutionHeader,
    definition: Definition,
    wait: OpenWait,
    { payload }: KeptSignal,
  ): Promise<boolean> {
    const step = definition.byId.get(wait.stepId);
    if (!step) return false;
    const filter = filterOf(step);
    if (!filter) return true;
    const values = await new StepResults(this.parts.pool, header, definition).valuesFor(step, filter);
    try {
      return (await evaluateCel(filter.text, { ...values, payload }, { owner: header.startedById })) === true;
    } catch (error) {
      if (error instanceof ExpressionError) return false;
      throw error;
    }
  }
}

const isNamed = ({ event, matchKey }: OpenWait, { name, payload }: KeptSignal): boolean =>
  name === event && matchKeysOf(payload).includes(matchKey);
