import { checkSchema, validateAgainst } from '@flowmesh/platform/json-schema';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { presetOf } from '../../subgraphs/agent/src/modules/presets/presets.ts';
import {
  agentStepsOf,
  defaultsOf,
  presetOfStep,
  referenceRun,
  TEAM_INPUTS,
  TEAMS,
  type Team,
} from '../harness/team-reference.ts';
import { doneBy, emptyOf, lackingBy } from '../harness/team-samples.ts';

afterAll(() => closeSandbox());

type Answer = 'done' | 'nothing to say' | 'lacking' | 'refused' | 'failed';
const ANSWERS: readonly Answer[] = ['done', 'nothing to say', 'lacking', 'refused', 'failed'];

/** Steps without which a team has not done its work. */
const DECISIVE: Readonly<Record<string, readonly string[]>> = {
  'bug-triage': ['intake', 'priority'],
  'documentation-update': ['facts', 'draft', 'approval'],
  feature: ['brief', 'gate', 'release'],
  'security-review': ['scope', 'application', 'verdict'],
  'sprint-retrospective': ['retrospective', 'plan'],
};

const owner = { owner: 'nobody' };

function answerOf(team: Team, stepId: string, answer: Answer): Record<string, unknown> | null {
  const { outputSchema } = presetOfStep(team, stepId);
  if (answer === 'failed') return null;
  if (answer === 'lacking') return lackingBy(outputSchema, stepId);
  const nothing = emptyOf(outputSchema) as object;
  if (answer === 'refused') return { ...nothing, outcome: 'REFUSED', questions: ['No.'] };
  return answer === 'done' ? doneBy(outputSchema, stepId) : { ...nothing, outcome: 'DONE' };
}

/** What does not fit: the input of a role, or a sample of its output. */
async function problemsOf(team: Team, { given, steps }: Awaited<ReturnType<typeof referenceRun>>) {
  const found = await Promise.all(
    Object.entries(given).map(async ([stepId, input]) => {
      const { inputSchema, outputSchema } = presetOfStep(team, stepId);
      const result = steps[stepId]!.status === 'COMPLETED' ? steps[stepId]!.result : null;
      const wrong = await validateAgainst(inputSchema, input, owner);
      return [...wrong, ...(result ? await validateAgainst(outputSchema, result, owner) : [])].map(
        ({ path, message }) => `${stepId}: ${path} ${message}`,
      );
    }),
  );
  return found.flat();
}

/** Names of the object that an expression makes. */
const keysOf = (expression: unknown) => [...String(expression).matchAll(/^ {2}"(\w+)":/gm)].map(([, key]) => key!);
const isNothing = (value: unknown) => value === undefined || (Array.isArray(value) && value.length === 0);

describe.each(TEAMS.map((team) => [team.id, team] as const))('%s', (id, team) => {
  test('takes its input and its parameters, and every role has a preset', async () => {
    const { inputSchema, steps } = team.definition;
    expect(await checkSchema(inputSchema!, owner)).toEqual([]);
    expect(await validateAgainst(inputSchema!, TEAM_INPUTS[id], owner)).toEqual([]);
    expect(await checkSchema(team.parameters, owner)).toEqual([]);
    expect(await validateAgainst(team.parameters, defaultsOf(team), owner)).toEqual([]);
    const played = new Set(steps.flatMap(({ agentId }) => agentId ?? []));
    expect([...played].sort()).toEqual(team.roles.map(({ name }) => `role:${name}`).sort());
    expect(team.roles.filter(({ preset }) => !presetOf(preset!))).toEqual([]);
  });

  test('hands to each step what its role takes, leaves nothing out, and puts a whole result together', async () => {
    const more: Readonly<Record<string, object>> = { analysis: { confidence: 'HIGH' } };
    const run = await referenceRun(team, TEAM_INPUTS[id]!, (stepId) => ({
      ...answerOf(team, stepId, 'done'),
      ...more[stepId],
    }));
    expect(await problemsOf(team, run)).toEqual([]);
    const absent = agentStepsOf(team).flatMap((step) =>
      keysOf(step.config!['input']).flatMap((key) =>
        isNothing(run.given[step.id]![key]) ? [`${step.id}.${key}`] : [],
      ),
    );
    expect(absent).toEqual([]);
    const result = run.steps['result']!.result as Record<string, unknown>;
    expect(result).toMatchObject({ outcome: 'DONE', questions: [] });
    const parts = keysOf(team.definition.steps.at(-1)!.config!['expression']);
    expect(parts.filter((key) => key !== 'questions' && isNothing(result[key]))).toEqual([]);
  });

  test('fits whatever the roles answer', async () => {
    const agents = agentStepsOf(team).map((step) => step.id);
    const answers = fc.tuple(...agents.map(() => fc.constantFrom(...ANSWERS)));
    await fc.assert(
      fc.asyncProperty(answers, async (chosen) => {
        const of = new Map(agents.map((stepId, at) => [stepId, chosen[at]!]));
        const run = await referenceRun(team, TEAM_INPUTS[id]!, (stepId) => answerOf(team, stepId, of.get(stepId)!));
        expect(await problemsOf(team, run)).toEqual([]);
        const ended = (stepId: string, ...wanted: Answer[]) =>
          run.steps[stepId]!.status === 'COMPLETED' && wanted.includes(of.get(stepId)!);
        const { outcome, questions } = run.steps['result']!.result as { outcome: string; questions: unknown[] };
        expect(questions).toHaveLength(agents.filter((stepId) => ended(stepId, 'lacking', 'refused')).length);
        const isDone = DECISIVE[id]!.every((stepId) => ended(stepId, 'done', 'nothing to say'));
        expect(outcome).toBe(isDone ? 'DONE' : 'NEEDS_INPUT');
      }),
      { numRuns: 25 },
    );
  });
});
