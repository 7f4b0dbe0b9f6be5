import { hasScope, type SignedInViewer } from '@flowmesh/platform/access';
import { evaluateCel, evaluateJsonata, ExpressionError } from '@flowmesh/platform/expressions';
import { ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import { scopeToSee } from '../../event-types/event-types.ts';
import type { FiringRecord, TriggerRecord } from '../trigger-record.ts';
import { FiringRefused } from './firing-refused.ts';

const WEBHOOK = `query LookAtWebhook($id: ID!) { inboundWebhook(id: $id) { id type receivedAt body } }`;

interface SeenWebhook {
  readonly id: string;
  readonly type: string | null;
  readonly receivedAt: string;
  readonly body: string;
}

/** What expressions of a trigger read as `input`. */
export interface Facts {
  readonly cause: string;
  readonly dueAt: string;
  readonly event?: {
    readonly id: string;
    readonly type: string;
    readonly occurredAt: string;
    readonly payload: unknown;
  };
  readonly webhook?: {
    readonly id: string;
    readonly type: string | null;
    readonly receivedAt: string;
    readonly body: unknown;
  };
}

/** What made a trigger fire, as far as its maker may see it. */
export class FiringFacts {
  constructor(private readonly services: Services) {}

  /** Null when it does not concern the trigger: its maker may not see it, or the filter is false. Throws FiringRefused. */
  async of(trigger: TriggerRecord, firing: FiringRecord, maker: SignedInViewer): Promise<Facts | null> {
    const facts = await this.seen(firing, maker);
    if (!facts || trigger.filter === null || firing.cause === 'MANUAL') return facts;
    const counts = await evaluated('filter', evaluateCel(trigger.filter, { input: facts }, { owner: maker.userId }));
    if (typeof counts !== 'boolean')
      throw new FiringRefused('EXPRESSION', 'filter: the result is neither true nor false');
    return counts ? facts : null;
  }

  private async seen(firing: FiringRecord, maker: SignedInViewer): Promise<Facts | null> {
    const facts = { cause: firing.cause, dueAt: firing.dueAt.toISOString() };
    const { event } = firing;
    if (!event) return facts;
    if (firing.cause === 'WEBHOOK') {
      const webhook = await this.webhook(event.payload, firing.id, maker);
      return webhook && { ...facts, webhook };
    }
    if (!hasScope(maker, scopeToSee(event.type, event.ownerId === maker.userId))) return null;
    const { id, type, occurredAt, payload } = event;
    return { ...facts, event: { id, type, occurredAt, payload } };
  }

  /** The integration service decides whether the maker may see it. */
  private async webhook(
    payload: unknown,
    requestId: string,
    viewer: SignedInViewer,
  ): Promise<Exclude<Facts['webhook'], undefined> | null> {
    const service = this.services.get('integration');
    if (!service) throw new Error('the integration subgraph is not configured');
    const { webhookId } = payload as { readonly webhookId: string };
    const asked = service.ask<{ inboundWebhook: SeenWebhook | null }>(
      { query: WEBHOOK, variables: { id: webhookId } },
      { viewer, requestId },
    );
    const { inboundWebhook: seen } = await asked.catch((error: unknown) => {
      if (error instanceof ServiceRefusedError) return { inboundWebhook: null };
      throw error;
    });
    return seen === null
      ? null
      : { id: seen.id, type: seen.type, receivedAt: seen.receivedAt, body: readBody(seen.body) };
  }
}

/** The input of the execution. Throws FiringRefused. */
export async function inputOf(trigger: TriggerRecord, facts: Facts, owner: string): Promise<unknown> {
  if (trigger.inputExpression === null) return trigger.input ?? facts;
  return evaluated('inputExpression', evaluateJsonata(trigger.inputExpression, { input: facts }, { owner }));
}

async function evaluated(field: string, evaluation: Promise<unknown>): Promise<unknown> {
  try {
    return await evaluation;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new FiringRefused('EXPRESSION', `${field}: ${error.message}`);
  }
}

function readBody(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}
