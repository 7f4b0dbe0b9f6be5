import { evaluateCel, evaluateJsonata } from '@flowmesh/platform/expressions';
import { presetOf } from '../../subgraphs/agent/src/modules/presets/presets.ts';
import { BUILT_IN_TEMPLATES } from '../../subgraphs/workflow/src/modules/templates/built-in/built-in-templates.ts';
import type { BuiltInTemplate } from '../../subgraphs/workflow/src/modules/templates/template-record.ts';

/** Templates that ship with the product, and what their steps should give each other. */
export type Team = BuiltInTemplate;
export const TEAMS = BUILT_IN_TEMPLATES;
type Json = Record<string, unknown>;

/** An input that leaves nothing out. */
export const TEAM_INPUTS: Readonly<Record<string, Json>> = {
  'bug-triage': { report: 'It crashes.', source: 'mail', logs: 'boom', code: 'throw null' },
  'documentation-update': { change: 'A new flag.', documents: [{ path: 'a.md', markdown: '# A' }] },
  feature: { idea: 'Dark mode.', background: 'A shop.', constraints: ['No new dependency.'] },
  'security-review': { system: 'A shop with a database.', change: 'A new form.' },
  'sprint-retrospective': {
    notes: ['Reviews took long.', 'The demo went well.'],
    ...{ metrics: '7 of 9', previousActions: ['Pair more.'], capacity: 'five people' },
  },
};

export const defaultsOf = (team: Team): Json =>
  Object.fromEntries(
    Object.entries(team.parameters['properties'] as Record<string, { default: unknown }>).map(([name, property]) => [
      name,
      property.default,
    ]),
  );

export const agentStepsOf = (team: Team) => team.definition.steps.filter(({ stepType }) => stepType === 'AGENT');

/** The preset that works in a step. */
export function presetOfStep(team: Team, stepId: string) {
  const agentId = team.definition.steps.find(({ id }) => id === stepId)!.agentId;
  return presetOf(team.roles.find(({ name }) => agentId === `role:${name}`)!.preset!)!;
}

export interface ReferenceStep {
  readonly status: 'COMPLETED' | 'SKIPPED' | 'FAILED';
  readonly result: unknown;
}

const owner = { owner: 'nobody' };

/**
 * What the steps of a team give, one after the other, and what each role is given. `answer` stands in for the roles; null is
 * a failure, after which the rest goes on as with `continueOnFailure`.
 */
export async function referenceRun(team: Team, input: Json, answer: (stepId: string) => Json | null) {
  const steps: Record<string, ReferenceStep> = {};
  const given: Record<string, Json> = {};
  for (const { id, stepType, config, dependencies, condition } of team.definition.steps) {
    if (dependencies!.some((name) => !steps[name])) throw new Error(`${id} stands before what it depends on`);
    const values = { input, steps, context: defaultsOf(team), memory: {} };
    const isSkipped = condition != null && (await evaluateCel(condition, values, owner)) !== true;
    if (isSkipped) {
      steps[id] = { status: 'SKIPPED', result: null };
    } else if (stepType !== 'AGENT') {
      const evaluate = stepType === 'CONDITION' ? evaluateCel : evaluateJsonata;
      steps[id] = { status: 'COMPLETED', result: await evaluate(String(config!['expression']), values, owner) };
    } else {
      given[id] = (await evaluateJsonata(String(config!['input']), values, owner)) as Json;
      const result = answer(id);
      steps[id] = { status: result ? 'COMPLETED' : 'FAILED', result };
    }
  }
  return { steps, given };
}
