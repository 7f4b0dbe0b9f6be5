import type { Caller } from '@flowmesh/platform/access';
import { validateAgainst } from '@flowmesh/platform/json-schema';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import type { Services } from '@flowmesh/platform/services';
import { askDomain, entities, unknownOf } from '../ask-domain.ts';
import { error, ofWork, warning, type Finding, type Known, type Work } from '../finding.ts';
import type { KnownValues } from '../known-values.ts';
import { budgetFindings } from './budgets.ts';

const AGENTS = `query PreflightAgents($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Agent { id kind status inputSchema availability { state } } }
}`;

interface Agent {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly inputSchema: Readonly<Record<string, unknown>> | null;
  readonly availability: { readonly state: string } | null;
}

const WAITS: Readonly<Record<string, string>> = {
  CIRCUIT_OPEN: 'its circuit is open',
  MISSING: 'it gives no valid heartbeat',
};

/** Agents that would not take the work, their inputs as far as they are known, and budgets of what costs. */
export async function agentFindings(
  services: Services,
  caller: Caller,
  all: readonly Work[],
  values: KnownValues,
): Promise<Finding[]> {
  const work = all.filter(({ step }) => step.stepType === 'AGENT' && step.agentId !== null);
  if (work.length === 0) return [];
  const ids = entities(
    'Agent',
    work.map(({ step }) => step.agentId ?? ''),
  );
  const answer = await askDomain<{ _entities: (Agent | null)[] }>(services, 'agent', caller, AGENTS, ids);
  if ('unknown' in answer) return unknownOf(work, 'The agent', answer.unknown);
  const agents = new Map(answer.data._entities.flatMap((agent) => (agent ? [[agent.id, agent] as const] : [])));
  const found = await Promise.all(
    work.map(async (each) => {
      const agent = agents.get(each.step.agentId ?? '');
      const unknown = `there is no agent ${each.step.agentId}, or you may not see it`;
      if (!agent) return [ofWork(each, 'agentId', error('UNKNOWN_AGENT', unknown))];
      return [...stateFindings(each, agent), ...(await inputFindings(caller, each, agent, values))];
    }),
  );
  const paid = work.filter(({ step }) => agents.get(step.agentId ?? '')?.kind === 'LLM');
  return [...found.flat(), ...(await budgetFindings(services, caller, paid))];
}

function stateFindings(work: Work, { status, availability }: Agent): Finding[] {
  if (status !== 'ACTIVE') {
    return [ofWork(work, 'agentId', error('AGENT_INACTIVE', `the agent is ${status} and accepts no work`))];
  }
  const why = WAITS[availability?.state ?? ''];
  return why ? [ofWork(work, 'agentId', warning('AGENT_UNAVAILABLE', `work for the agent would wait: ${why}`))] : [];
}

async function inputFindings(
  { viewer }: Caller,
  work: Work,
  { inputSchema }: Agent,
  values: KnownValues,
): Promise<Finding[]> {
  if (inputSchema === null) return [];
  const { input: text } = work.step.config as { readonly input?: string };
  const given: Known = text === undefined ? work.subject.input : await values.of(text, work.subject);
  if (!given) return [];
  const problems = await validateAgainst(inputSchema, given.value, waitingViewer(viewer));
  return problems.map(({ path, message }) =>
    ofWork(
      work,
      'config.input',
      error('INVALID_INPUT', `the agent would refuse its input: ${path || 'it'} ${message}`),
    ),
  );
}
