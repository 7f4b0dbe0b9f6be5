import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { until } from '@flowmesh/platform/testing';
import { executeWorkflow, executionEnds } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { startTeamDouble, type TeamCall } from '../harness/team-double.ts';
import { agentStepsOf, presetOfStep, referenceRun, TEAM_INPUTS, TEAMS, type Team } from '../harness/team-reference.ts';
import { doneBy, lackingBy } from '../harness/team-samples.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

type Json = Record<string, unknown>;
type Double = Awaited<ReturnType<typeof startTeamDouble>>;

const product = sharedProduct();
const doubles: Double[] = [];
afterAll(async () => {
  await Promise.all(doubles.map((double) => double.stop()));
  await closeSandbox();
});

let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});

async function model(answer: (call: TeamCall) => Json | number): Promise<Double> {
  const double = await startTeamDouble(answer);
  doubles.push(double);
  return double;
}

/** A cause that is sure enough for a plan of the fix; everything else as the samples have it. */
const MORE: Readonly<Record<string, object>> = { analysis: { confidence: 'HIGH' } };
const done = (stepId: string, schema: Json): Json => doneBy(schema, stepId, MORE[stepId]);

const CREATE = `mutation Install($input: CreateWorkflowFromTemplateInput!) {
  createWorkflowFromTemplate(input: $input) {
    __typename
    ... on CreateWorkflowFromTemplateSuccess { workflow { id } agents { role source agent { type preset } } }
    ... on MutationError { message }
    ... on InvalidInputError { fields { path message } }
  }
}`;

interface Installed {
  readonly workflow: { readonly id: string };
  readonly agents: readonly {
    readonly role: string;
    readonly source: string;
    readonly agent: { readonly type: string; readonly preset: string };
  }[];
}

/** Installs a team from nothing: a new user, whose agents are all registered for it. */
async function install(team: Team, double: Double) {
  const somebody = await makeUser(product);
  const createAgents = { baseUrl: `${double.url}/v1`, model: 'team-1', apiKey: 'sk-team' };
  const input = { templateId: team.id, name: unique(team.id), createAgents };
  const installed = await somebody.graph.mutate<Installed>(CREATE, { input });
  expect(installed).toMatchObject({ __typename: 'CreateWorkflowFromTemplateSuccess' });
  return { somebody, ...installed };
}

interface Ended {
  readonly status: string;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly stepId: string } | null;
  readonly steps: readonly { readonly id: string; readonly status: string; readonly attempts: number }[];
}

async function ended(somebody: TestUser, id: string): Promise<Ended> {
  await executionEnds(somebody.graph, id, 60_000);
  const query = `query Ended($id: ID!) {
    workflowExecution(id: $id) { status result error { code stepId } steps { id status attempts } }
  }`;
  return (await somebody.graph.query<{ workflowExecution: Ended }>(query, { id })).workflowExecution;
}

const callsOf = (double: Double) => Object.fromEntries(double.calls.map(({ stepId, input }) => [stepId, input]));

test.each(TEAMS.map((team) => [team.id, team] as const))(
  '%s is installed from nothing and runs to its end, each role given what those before it gave',
  async (id, team) => {
    const double = await model(({ stepId, schema }) => done(stepId, schema));
    const { somebody, workflow, agents } = await install(team, double);
    expect(agents).toEqual(
      team.roles.map(({ name, preset }) => ({
        role: name,
        source: 'REGISTERED',
        agent: { type: preset, preset },
      })),
    );
    const input = TEAM_INPUTS[id]!;
    const execution = await ended(somebody, await executeWorkflow(somebody.graph, workflow.id, { input }));
    const reference = await referenceRun(team, input, (stepId) =>
      done(stepId, presetOfStep(team, stepId).outputSchema),
    );
    expect(execution).toMatchObject({ status: 'COMPLETED', error: null });
    expect(Object.fromEntries(execution.steps.map((step) => [step.id, step.status]))).toEqual(
      Object.fromEntries(Object.entries(reference.steps).map(([name, { status }]) => [name, status])),
    );
    // Nobody was asked twice, and each was asked with exactly what the steps before have given.
    expect(double.calls).toHaveLength(agentStepsOf(team).length);
    expect(callsOf(double)).toEqual(reference.given);
    for (const call of double.calls) {
      const preset = presetOfStep(team, call.stepId);
      expect(call).toMatchObject({ preset: preset.name, model: 'team-1', authorization: 'Bearer sk-team' });
      expect(call.schema).toMatchObject(preset.outputSchema);
    }
    expect(execution.result).toEqual(reference.steps['result']!.result);
    expect(execution.result).toMatchObject({ outcome: 'DONE', questions: [] });
  },
  120_000,
);

const team = (id: string) => TEAMS.find((each) => each.id === id)!;

/** What is handed on, by where it comes from: the names of the samples. */
test('a feature goes from the idea to the release plan', async () => {
  const feature = team('feature');
  const { given } = await referenceRun(feature, TEAM_INPUTS['feature']!, (stepId) =>
    done(stepId, presetOfStep(feature, stepId).outputSchema),
  );
  const firstTexts = (stepId: string, key: string) => JSON.stringify(given[stepId]![key]).slice(0, 40);
  expect(given['brief']).toMatchObject({ idea: 'Dark mode.', background: 'A shop.' });
  expect(given['brief']!['constraints']).toEqual(['Write in English.', 'No new dependency.']);
  expect(firstTexts('design', 'stories')).toContain('brief.stories[0].id');
  expect(firstTexts('architecture', 'problem')).toContain('brief.problem');
  expect(firstTexts('threats', 'trustBoundaries')).toContain('architecture.trustBoundaries[0]');
  expect(firstTexts('backend', 'findings')).toContain('threats.findings[0].id');
  expect(firstTexts('frontend', 'findings')).toContain('accessibility.findings[0].id');
  const areas = (given['tests']!['changes'] as { area: string }[]).map(({ area }) => area);
  expect(areas).toEqual(
    [0, 1].flatMap((at) => [`backend.changes[${at}].area`]).concat([0, 1].map((at) => `frontend.changes[${at}].area`)),
  );
  expect((given['gate']!['findings'] as { id: string }[]).map(({ id }) => id)).toEqual([
    ...[0, 1].map((at) => `security-threats.findings[${at}].id`),
    ...[0, 1].map((at) => `accessibility-accessibility.findings[${at}].id`),
    ...[0, 1].map((at) => `tests-tests.findings[${at}].id`),
  ]);
  expect(given['release']).toMatchObject({
    verdict: 'PASS',
    rollout: ['operations.rollout[0]', 'operations.rollout[1]'],
  });
});

test('a role whose model fails ends the execution; when it works again, only what was missing is done', async () => {
  let works = false;
  const double = await model(({ stepId, schema }) => (stepId === 'threats' && !works ? 402 : done(stepId, schema)));
  const { somebody, workflow } = await install(team('feature'), double);
  const id = await executeWorkflow(somebody.graph, workflow.id, { input: TEAM_INPUTS['feature'] });
  const failed = await ended(somebody, id);
  expect(failed).toMatchObject({ status: 'FAILED', error: { code: 'AGENT_FAILED', stepId: 'threats' } });
  expect(failed.steps.find((step) => step.id === 'threats')).toMatchObject({ status: 'FAILED', attempts: 1 });
  const before = double.calls.map(({ stepId }) => stepId);
  expect(before).toEqual(expect.arrayContaining(['brief', 'design', 'architecture', 'threats']));
  works = true;
  await somebody.graph.mutate(
    'mutation Again($id: ID!) { retryWorkflowExecution(input: { id: $id }) { __typename } }',
    { id },
  );
  await until('it runs again', async () => double.calls.length > before.length);
  const again = await ended(somebody, id);
  expect(again).toMatchObject({ status: 'COMPLETED', result: { outcome: 'DONE' } });
  const asked = (stepId: string) => double.calls.filter((call) => call.stepId === stepId).length;
  expect({ brief: asked('brief'), architecture: asked('architecture'), threats: asked('threats') }).toEqual({
    brief: 1,
    architecture: 1,
    threats: 2,
  });
});

test('a role that lacks something ends the work of the team with its questions', async () => {
  const double = await model(({ stepId, schema }) =>
    stepId === 'brief' ? lackingBy(schema, 'the users') : done(stepId, schema),
  );
  const { somebody, workflow } = await install(team('feature'), double);
  const id = await executeWorkflow(somebody.graph, workflow.id, { input: { idea: 'Better.' } });
  const { status, result } = await ended(somebody, id);
  expect({ status, result }).toMatchObject({
    status: 'COMPLETED',
    result: {
      outcome: 'NEEDS_INPUT',
      questions: [{ step: 'Write the brief', question: 'What about the users?' }],
    },
  });
  expect(double.calls.map(({ stepId }) => stepId)).toEqual(['brief']);
});

test('the next team takes the agents that are there', async () => {
  const double = await model(({ stepId, schema }) => done(stepId, schema));
  const createAgents = { baseUrl: `${double.url}/v1`, model: 'team-1' };
  const create = (input: Json) => user.graph.mutate<Installed>(CREATE, { input });
  await create({ templateId: 'bug-triage', name: unique('first'), createAgents });
  const { agents } = await create({ templateId: 'security-review', name: unique('second'), createAgents });
  expect(Object.fromEntries(agents.map(({ role, source }) => [role, source]))).toEqual({
    architect: 'REGISTERED',
    securityDeveloper: 'FOUND',
    operations: 'REGISTERED',
    dataEngineer: 'REGISTERED',
    backendDeveloper: 'FOUND',
    testEngineer: 'FOUND',
    qualityGuardian: 'REGISTERED',
  });
});
