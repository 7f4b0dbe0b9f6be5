import type { Caller } from '@flowmesh/platform/access';
import { PublicError } from '@flowmesh/platform/errors';
import type { Services } from '@flowmesh/platform/services';
import { integrationCallOf } from '../../executions/step-types/integration-step.ts';
import type { KnownIntegrations } from '../../workflows/validation/known-integrations.ts';
import { askDomain, entities, unknownOf } from '../ask-domain.ts';
import { error, ofProblem, ofWork, warning, type Finding, type Work } from '../finding.ts';

const INTEGRATIONS = `query PreflightIntegrations($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Integration { id status circuitBreaker { state } } }
}`;

interface Integration {
  readonly id: string;
  readonly status: string;
  readonly circuitBreaker: { readonly state: string };
}

/** Integrations that would not take the calls, and inputs that they would refuse. */
export async function integrationFindings(
  services: Services,
  known: KnownIntegrations,
  caller: Caller,
  all: readonly Work[],
): Promise<Finding[]> {
  const calls = all.flatMap((each) => {
    const call = integrationCallOf(each.step);
    return call ? [{ work: each, id: call.integrationId }] : [];
  });
  if (calls.length === 0) return [];
  const ids = entities(
    'Integration',
    calls.map(({ id }) => id),
  );
  const answer = await askDomain<{ _entities: (Integration | null)[] }>(
    services,
    'integration',
    caller,
    INTEGRATIONS,
    ids,
  );
  const work = calls.map((call) => call.work);
  if ('unknown' in answer) return unknownOf(work, 'The integration', answer.unknown);
  const found = new Map(answer.data._entities.flatMap((each) => (each ? [[each.id, each] as const] : [])));
  const states = calls.flatMap(({ work: each, id }) => stateFindings(each, found.get(id)));
  return [...states, ...(await definitionFindings(known, caller, work))];
}

function stateFindings(work: Work, integration: Integration | undefined): Finding[] {
  // That there is none is found with the operations.
  if (!integration) return [];
  const place = 'config.integrationId';
  if (integration.status !== 'ACTIVE') {
    return [ofWork(work, place, error('INTEGRATION_INACTIVE', 'the integration is switched off'))];
  }
  if (integration.circuitBreaker.state !== 'OPEN') return [];
  return [ofWork(work, place, warning('CIRCUIT_OPEN', 'calls of the integration would wait: its circuit is open'))];
}

async function definitionFindings(known: KnownIntegrations, caller: Caller, work: readonly Work[]): Promise<Finding[]> {
  try {
    // Compensations are work of their own.
    const steps = work.map(({ step }) => ({ ...step, compensation: null }));
    const problems = await known.problems(steps, caller);
    return problems.flatMap(({ code, path, message }) => {
      const isInput = code !== 'UNKNOWN_INTEGRATION' && !path.endsWith('.config.operation');
      return ofProblem(work, path, error(isInput ? 'INVALID_INPUT' : 'UNKNOWN_INTEGRATION', message));
    });
  } catch (thrown) {
    if (thrown instanceof PublicError) return unknownOf(work, 'The operation', thrown.message);
    throw thrown;
  }
}
