import { until } from '@flowmesh/platform/testing';
import { startWorkflow, user, type WorkflowHarness } from '../../testing/workflow-harness.ts';

let workflow: WorkflowHarness;
beforeAll(async () => {
  workflow = await startWorkflow();
});
afterAll(() => workflow.stop());

const ann = user('ann');
const bob = user('bob');
const admin = { ...user('admin'), scopes: ['*:*'] };

interface Problem {
  readonly code: string;
  readonly path: string;
  readonly stepId: string | null;
  readonly message: string;
}

const VALIDATE = `query ($input: CreateWorkflowInput!) {
  validateWorkflow(input: $input) { valid problems { code path stepId message } }
}`;

async function problemsOf(input: Record<string, unknown>): Promise<Problem[]> {
  const { validateWorkflow } = await workflow.ask<{ validateWorkflow: { problems: Problem[] } }>(ann, VALIDATE, {
    input: { name: 'w', type: 'PARALLEL', ...input },
  });
  return validateWorkflow.problems;
}

const transform = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  stepType: 'TRANSFORM',
  config: { expression: '1' },
  ...more,
});

const table: [string, unknown[], string, RegExp?][] = [
  ['no steps', [], 'MISSING_VALUE steps'],
  ['a bad id', [transform('1a')], 'INVALID_VALUE steps[0].id'],
  ['two of one id', [transform('a'), transform('a')], 'DUPLICATE_STEP steps[1].id'],
  [
    'two of one id, and nothing else that follows from it',
    [transform('a'), transform('b', { dependencies: ['a'] }), transform('a', { dependencies: ['b'] })],
    'DUPLICATE_STEP steps[2].id',
  ],
  [
    'an unknown dependency',
    [transform('a', { dependencies: ['b'] })],
    'UNKNOWN_STEP steps[0].dependencies[0]',
    /no step b/,
  ],
  ['itself', [transform('a', { dependencies: ['a'] })], 'CYCLE steps[0].dependencies', /a → a/],
  [
    'a cycle',
    [
      transform('a', { dependencies: ['c'] }),
      transform('b', { dependencies: ['a'] }),
      transform('c', { dependencies: ['b'] }),
    ],
    'CYCLE steps[0].dependencies',
    /a → b → c → a/,
  ],
  ['an unknown agent', [{ id: 'a', stepType: 'AGENT', agentId: 'nobody' }], 'UNKNOWN_AGENT steps[0].agentId'],
  ['no agent', [{ id: 'a', stepType: 'AGENT' }], 'MISSING_VALUE steps[0].agentId'],
  ['an agent too many', [transform('a', { agentId: 'agent1' })], 'INVALID_VALUE steps[0].agentId'],
  ['no expression', [transform('a', { config: {} })], 'MISSING_VALUE steps[0].config.expression'],
  ['a strange key', [transform('a', { config: { expression: '1', x: 1 } })], 'INVALID_VALUE steps[0].config.x'],
  [
    'an expression that is none',
    [transform('a', { config: { expression: 5 } })],
    'INVALID_VALUE steps[0].config.expression',
  ],
  [
    'bad JSONata',
    [transform('a', { config: { expression: '1 +' } })],
    'BAD_EXPRESSION steps[0].config.expression',
    /character 4/,
  ],
  ['a bad condition', [transform('a', { condition: 'input.x >' })], 'BAD_EXPRESSION steps[0].condition'],
  [
    'a condition that is no condition',
    [transform('a', { condition: '1 + 1' })],
    'BAD_EXPRESSION steps[0].condition',
    /true or false/,
  ],
  [
    'an unknown variable',
    [transform('a', { config: { expression: 'foo.x' } })],
    'BAD_EXPRESSION steps[0].config.expression',
    /foo/,
  ],
  [
    'an unknown step in JSONata',
    [transform('a', { config: { expression: 'steps.b.result' } })],
    'UNKNOWN_STEP steps[0].config.expression',
  ],
  [
    'an unknown step in brackets in JSONata',
    [transform('a', { config: { expression: 'steps["b"].result' } })],
    'BAD_EXPRESSION steps[0].config.expression',
    /write \.b \(at character 6\)/,
  ],
  [
    'a part that steps do not have in JSONata',
    [transform('a'), transform('b', { config: { expression: 'steps.a.reslt' }, dependencies: ['a'] })],
    'BAD_EXPRESSION steps[1].config.expression',
    /^steps\.a\.reslt is not known: a step has result, status, and error where it failed/,
  ],
  [
    'a part that steps do not have in CEL',
    [transform('a'), transform('b', { condition: 'steps["a"].reslt == 1', dependencies: ['a'] })],
    'BAD_EXPRESSION steps[1].condition',
    /^steps\.a\.reslt is not known/,
  ],
  [
    'a date without quotes',
    [{ id: 'a', stepType: 'DELAY', config: { until: '2026-12-25' } }],
    'INVALID_VALUE steps[0].config.until',
    /write it in quotes: "2026-12-25"/,
  ],
  ['an unknown step in CEL', [transform('a', { condition: 'steps.b.result == 1' })], 'UNKNOWN_STEP steps[0].condition'],
  [
    'a step that is not before',
    [transform('a'), transform('b', { config: { expression: 'steps.a.result' } })],
    'BAD_EXPRESSION steps[1].config.expression',
    /dependencies/,
  ],
  ['a condition that is never true', [transform('a', { condition: '1 > 2' })], 'UNREACHABLE_STEP steps[0].condition'],
  ['no time', [{ id: 'a', stepType: 'DELAY', config: {} }], 'MISSING_VALUE steps[0].config.seconds'],
  ['too long', [{ id: 'a', stepType: 'DELAY', config: { seconds: 1e9 } }], 'INVALID_VALUE steps[0].config.seconds'],
  ['a timeout of nothing', [transform('a', { timeoutSeconds: 0 })], 'INVALID_VALUE steps[0].timeoutSeconds'],
  ['an unknown step after a failure', [transform('a', { onFailure: ['b'] })], 'UNKNOWN_STEP steps[0].onFailure[0]'],
  ['itself after its failure', [transform('a', { onFailure: ['a'] })], 'CYCLE steps[0].dependencies', /a → a/],
  [
    'a step after a failure that it leads to',
    [transform('a'), transform('b', { dependencies: ['a'], onFailure: ['a'] })],
    'CYCLE steps[0].dependencies',
    /a → b → a/,
  ],
  [
    'a delay that is longer than the longest',
    [transform('a', { retryPolicy: { initialDelayMs: 400_000 } })],
    'INVALID_VALUE steps[0].retryPolicy.maxDelayMs',
    /at least initialDelayMs \(400000\), not 300000/,
  ],
  [
    'a delay that shrinks',
    [transform('a', { retryPolicy: { multiplier: 0.5 } })],
    'INVALID_VALUE steps[0].retryPolicy.multiplier',
  ],
  [
    'an error that is no code',
    [transform('a', { retryPolicy: { nonRetryableErrors: ['no such thing'] } })],
    'INVALID_VALUE steps[0].retryPolicy.nonRetryableErrors[0]',
  ],
  ['no time to start', [transform('a', { waitTimeoutSeconds: 0 })], 'INVALID_VALUE steps[0].waitTimeoutSeconds'],
  ['too many retries', [transform('a', { retryCount: 11 })], 'INVALID_VALUE steps[0].retryCount'],
  ['NUL', [transform('a', { config: { expression: '"\0"' } })], 'INVALID_VALUE steps[0].config.expression'],
];

test.each(table)('refuses %s', async (_what, steps, expected, message = /./) => {
  const problems = await problemsOf({ steps });
  expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual([expected]);
  expect(problems[0]?.message).toMatch(message);
});

test('tells every problem at once, in the order of the input', async () => {
  const problems = await problemsOf({
    name: ' ',
    status: 'ARCHIVED',
    inputSchema: { type: 'strange' },
    steps: [
      transform('never', { condition: 'false' }),
      transform('behind', { dependencies: ['never'] }),
      { id: 'a', stepType: 'AGENT', agentId: 'nobody', condition: 'x', dependencies: ['gone'] },
    ],
  });
  expect(problems.map(({ code, path, stepId }) => `${code} ${path} ${stepId}`)).toEqual([
    'MISSING_VALUE name null',
    'INVALID_VALUE status null',
    'INVALID_SCHEMA inputSchema.type null',
    'UNREACHABLE_STEP steps[0].condition never',
    'UNREACHABLE_STEP steps[1].dependencies behind',
    'UNKNOWN_STEP steps[2].dependencies[0] a',
    'BAD_EXPRESSION steps[2].condition a',
    'UNKNOWN_AGENT steps[2].agentId a',
  ]);
});

test('a step that waits for the failure of one that never runs is told, and what follows a skipped step is not', async () => {
  const problems = await problemsOf({
    steps: [
      transform('never', { condition: 'false', onSkip: 'CONTINUE', onFailure: ['mend'] }),
      transform('after', { dependencies: ['never'] }),
      transform('mend'),
      transform('mended', { dependencies: ['mend'] }),
    ],
  });
  expect(problems.map(({ code, path, message }) => `${code} ${path} ${message}`)).toEqual([
    'UNREACHABLE_STEP steps[0].condition is false in every execution: the step never runs',
    'UNREACHABLE_STEP steps[2].dependencies the step never runs: the steps whose failure it waits for are always skipped',
    'UNREACHABLE_STEP steps[3].dependencies the step never runs: all it depends on are always skipped',
  ]);
});

test('policies: left out they are as usual, in SEQUENTIAL what follows goes on, and steps of onFailure stand aside', async () => {
  const query = `query ($id: ID!) { workflow(id: $id) { steps {
    id dependencies onSkip onFailure waitTimeoutSeconds
    retryPolicy { initialDelayMs maxDelayMs multiplier nonRetryableErrors }
  } } }`;
  const policies = async (type: string) => {
    const steps = [
      transform('a', {
        onFailure: ['mend'],
        waitTimeoutSeconds: 60,
        retryPolicy: { initialDelayMs: 500, nonRetryableErrors: ['EXPRESSION', 'EXPRESSION'] },
      }),
      transform('mend'),
      transform('b', { onSkip: 'SKIP_FOLLOWERS' }),
      transform('c'),
    ];
    const id = await create(ann, { type, steps });
    const found = await workflow.ask<{ workflow: { steps: Record<string, unknown>[] } }>(ann, query, { id });
    return found.workflow.steps;
  };
  const usual = { initialDelayMs: 1_000, maxDelayMs: 300_000, multiplier: 2, nonRetryableErrors: [] };
  const own = { ...usual, initialDelayMs: 500, nonRetryableErrors: ['EXPRESSION'] };
  const rest = { onFailure: [], waitTimeoutSeconds: null, retryPolicy: usual };
  const first = { id: 'a', dependencies: [], onFailure: ['mend'], waitTimeoutSeconds: 60, retryPolicy: own };
  const mend = { ...rest, id: 'mend', dependencies: ['a'], onSkip: 'SKIP_FOLLOWERS' };
  expect(await policies('SEQUENTIAL')).toEqual([
    { ...first, onSkip: 'CONTINUE' },
    mend,
    { ...rest, id: 'b', dependencies: ['a', 'mend'], onSkip: 'SKIP_FOLLOWERS' },
    { ...rest, id: 'c', dependencies: ['b'], onSkip: 'CONTINUE' },
  ]);
  expect(await policies('PARALLEL')).toEqual([
    { ...first, onSkip: 'SKIP_FOLLOWERS' },
    mend,
    { ...rest, id: 'b', dependencies: [], onSkip: 'SKIP_FOLLOWERS' },
    { ...rest, id: 'c', dependencies: [], onSkip: 'SKIP_FOLLOWERS' },
  ]);
});

const CREATE = `mutation ($input: CreateWorkflowInput!) {
  createWorkflow(input: $input) {
    __typename
    ... on CreateWorkflowSuccess { workflow { id version steps { id name dependencies timeoutSeconds } } }
    ... on WorkflowNameTakenError { code workflowId }
    ... on InvalidWorkflowError { problems { code path } }
  }
}`;
const UPDATE = `mutation ($input: UpdateWorkflowInput!) {
  updateWorkflow(input: $input) {
    __typename
    ... on UpdateWorkflowSuccess { workflow { name version description tags steps { id } versions { version steps { id } } } }
    ... on MutationError { code message }
  }
}`;

type Answer<Name extends string> = Record<
  Name,
  { __typename: string; workflow: { id: string } } & Record<string, unknown>
>;

async function create(viewer = ann, input: Record<string, unknown> = {}): Promise<string> {
  const { createWorkflow } = await workflow.ask<Answer<'createWorkflow'>>(viewer, CREATE, {
    input: { name: `w${Math.random()}`, steps: [transform('a'), transform('b')], ...input },
  });
  expect(createWorkflow).toMatchObject({ __typename: 'CreateWorkflowSuccess' });
  return createWorkflow.workflow.id;
}

test('creates: dependencies implied by SEQUENTIAL, names unique for an owner', async () => {
  const input = { name: 'one', steps: [transform('a'), transform('b'), transform('c', { dependencies: ['a'] })] };
  const { createWorkflow } = await workflow.ask<Answer<'createWorkflow'>>(ann, CREATE, { input });
  expect(createWorkflow).toMatchObject({
    workflow: {
      version: 1,
      steps: [
        { id: 'a', name: 'a', dependencies: [], timeoutSeconds: 300 },
        { id: 'b', dependencies: ['a'] },
        { id: 'c', dependencies: ['a'] },
      ],
    },
  });
  const again = await workflow.ask<Answer<'createWorkflow'>>(ann, CREATE, { input });
  expect(again.createWorkflow).toMatchObject({
    __typename: 'WorkflowNameTakenError',
    code: 'WORKFLOW_NAME_TAKEN',
    workflowId: createWorkflow.workflow.id,
  });
  await create(bob, input);
});

test('updates: details in place, the definition as a new version, expectations kept', async () => {
  const id = await create(ann, { description: 'd' });
  const update = async (input: object, viewer = ann) =>
    (await workflow.ask<Answer<'updateWorkflow'>>(viewer, UPDATE, { input: { id, ...input } })).updateWorkflow;
  expect(await update({ tags: ['x'], description: null })).toMatchObject({
    workflow: { version: 1, tags: ['x'], description: null },
  });
  expect(await update({ expectedVersion: 2, name: 'n' })).toMatchObject({ code: 'CONFLICT' });
  expect(await update({ expectedVersion: 1, steps: [transform('z')] })).toMatchObject({
    workflow: {
      version: 2,
      steps: [{ id: 'z' }],
      versions: [
        { version: 2, steps: [{ id: 'z' }] },
        { version: 1, steps: [{ id: 'a' }, { id: 'b' }] },
      ],
    },
  });
  expect(await update({ steps: [transform('z')] })).toMatchObject({ workflow: { version: 2 } });
  expect(await update({ steps: [transform('z', { dependencies: ['q'] })] })).toMatchObject({
    code: 'INVALID_WORKFLOW',
  });
  expect(await update({ name: 'bob was here' }, bob)).toMatchObject({ code: 'NOT_FOUND' });
  const racing = await Promise.all(Array.from({ length: 5 }, (_, n) => update({ steps: [transform(`r${n}`)] })));
  const versions = racing.map((answer) => (answer.workflow as unknown as { version: number }).version).sort();
  expect(versions).toEqual([3, 4, 5, 6, 7]);
});

test('who may see what', async () => {
  const id = await create(ann);
  const see = async (viewer: typeof ann) =>
    (await workflow.ask<{ workflow: unknown }>(viewer, 'query ($id: ID!) { workflow(id: $id) { id } }', { id }))
      .workflow;
  expect(await see(ann)).toEqual({ id });
  expect(await see(bob)).toBeNull();
  expect(await workflow.ask(ann, 'query ($id: ID!) { workflow(id: $id) { id } }', { id: 'a\0' })).toEqual({
    workflow: null,
  });
  const search = 'query ($s: String) { workflows(filter: { search: $s }) { nodes { id } } }';
  await expect(workflow.ask(ann, search, { s: '\0' })).rejects.toThrow('filter.search');
  expect(await see(admin as typeof ann)).toEqual({ id });
  const entities = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Workflow { id } } }`;
  const of = [{ __typename: 'Workflow', id }];
  expect(await workflow.ask(bob, entities, { of })).toEqual({ _entities: [null] });
  expect(await workflow.ask(ann, entities, { of })).toEqual({ _entities: [{ id }] });
});

const RUN = `mutation ($input: ExecuteWorkflowInput!) {
  executeWorkflow(input: $input) {
    __typename
    ... on ExecuteWorkflowSuccess { created execution { id status } }
    ... on InvalidInputError { fields { path message } }
    ... on MutationError { code }
    ... on IdempotencyConflictError { id }
  }
}`;
type Run = { executeWorkflow: { __typename: string; created: boolean; execution: { id: string }; code: string } };
const execute = async (viewer: typeof ann, input: object) =>
  (await workflow.ask<Run>(viewer, RUN, { input })).executeWorkflow;

const SHOW = `query ($id: ID!) {
  workflowExecution(id: $id) {
    status result error { code stepId } progress { total ended running } durationMs requestId
    steps { id status attempts result agent { __typename id } agentExecution { __typename id } }
    startedBy { __typename id } workflow { id executionCount successCount averageDurationMs }
  }
}`;
const show = async (viewer: typeof ann, id: string) =>
  (await workflow.ask<{ workflowExecution: { status: string } | null }>(viewer, SHOW, { id })).workflowExecution;

test('executes with an agent, checks the input, keeps the key', async () => {
  const workflowId = await create(ann, {
    inputSchema: { type: 'object', required: ['text'] },
    steps: [
      { id: 'ask', stepType: 'AGENT', agentId: 'agent1', config: { input: '{"t": input.text}' } },
      { id: 'out', stepType: 'TRANSFORM', config: { expression: 'steps.ask.result.echo.t' } },
    ],
  });
  expect(await execute(ann, { workflowId, input: {} })).toMatchObject({
    fields: [{ path: 'input.text', message: 'is required' }],
  });
  expect(await execute(bob, { workflowId, input: { text: 'x' } })).toMatchObject({ code: 'NOT_FOUND' });
  const wanted = { workflowId, input: { text: 'hello' }, idempotencyKey: 'k' };
  const { execution, created } = await execute(ann, wanted);
  expect(created).toBe(true);
  for (const same of [wanted, { ...wanted, metadata: {} }]) {
    expect(await execute(ann, same)).toMatchObject({ created: false, execution: { id: execution.id } });
  }
  for (const other of [{ input: { text: 'bye' } }, { metadata: { a: 1 } }]) {
    expect(await execute(ann, { ...wanted, ...other })).toEqual({
      __typename: 'IdempotencyConflictError',
      code: 'IDEMPOTENCY_CONFLICT',
      id: execution.id,
    });
  }
  const done = await until('the execution ends', async () => {
    const found = await show(ann, execution.id);
    return found?.status === 'COMPLETED' && found;
  });
  expect(done).toMatchObject({
    result: 'hello',
    error: null,
    progress: { total: 2, ended: 2, running: 0 },
    requestId: 'test',
    steps: [
      {
        id: 'ask',
        status: 'COMPLETED',
        attempts: 1,
        agent: { id: 'agent1' },
        agentExecution: { __typename: 'AgentExecution' },
      },
      { id: 'out', status: 'COMPLETED', agent: null, agentExecution: null },
    ],
    startedBy: { __typename: 'User', id: 'ann' },
    workflow: { id: workflowId, executionCount: 1, successCount: 1, averageDurationMs: expect.any(Number) },
  });
  expect(await show(bob, execution.id)).toBeNull();
});

test('a condition with names of its own is accepted, and decides', async () => {
  const conditions = {
    exists: 'input.list.exists(x, x == 2)',
    all: 'input.list.all(x, x > 0)',
    one: 'input.list.exists_one(x, x == 2)',
    map: 'input.list.map(x, x * 2) == [2, 4]',
    filter: 'size(input.list.filter(x, x > steps.first.result)) == 1',
    type: 'type(input.n) == double && type(input.list) == list',
    shadow: 'input.list.exists(steps, steps == 2)',
  };
  const behind = Object.entries(conditions).map(([id, condition]) =>
    transform(id, { condition, dependencies: ['first'] }),
  );
  const decide = { id: 'decide', stepType: 'CONDITION', config: { expression: 'input.list.exists(x, x == 3)' } };
  const steps = [transform('first'), ...behind, decide];
  const workflowId = await create(ann, { type: 'CONDITIONAL', steps });
  const { execution } = await execute(ann, { workflowId, input: { list: [1, 2], n: 7 } });
  const done = await until('the execution ends', async () => {
    const found = await show(ann, execution.id);
    return found?.status === 'COMPLETED' && found;
  });
  expect(done).toMatchObject({
    steps: steps.map(({ id }) => ({ id, status: 'COMPLETED', result: id === 'decide' ? false : 1 })),
  });
  const [problem] = await problemsOf({ steps: [transform('a', { condition: 'input.list.exists(x, y == 2)' })] });
  expect(problem).toMatchObject({
    code: 'BAD_EXPRESSION',
    message: 'y is not known: there are input, steps and context (at character 22)',
  });
});

test('drafts, archives, and what is busy', async () => {
  const draft = await create(ann, {
    status: 'DRAFT',
    steps: [{ id: 'a', stepType: 'DELAY', config: { seconds: 600 } }],
  });
  expect(await execute(admin as typeof ann, { workflowId: draft })).toMatchObject({ code: 'WORKFLOW_NOT_EXECUTABLE' });
  const { execution } = await execute(ann, { workflowId: draft });
  const remove = `mutation ($input: DeleteWorkflowInput!) { deleteWorkflow(input: $input) {
    __typename ... on WorkflowBusyError { activeExecutions } } }`;
  expect(await workflow.ask(ann, remove, { input: { id: draft } })).toEqual({
    deleteWorkflow: { __typename: 'WorkflowBusyError', activeExecutions: 1 },
  });
  const cancel = `mutation ($input: CancelWorkflowExecutionInput!) { cancelWorkflowExecution(input: $input) {
    __typename ... on CancelWorkflowExecutionSuccess { execution { status error { code message } } }
    ... on WorkflowExecutionStateError { status } } }`;
  const input = { id: execution.id, reason: 'enough' };
  expect(await workflow.ask(bob, cancel, { input })).toMatchObject({
    cancelWorkflowExecution: { __typename: 'NotFoundError' },
  });
  expect(await workflow.ask(ann, cancel, { input })).toMatchObject({
    cancelWorkflowExecution: { execution: { status: 'CANCELLED', error: { code: 'CANCELLED', message: 'enough' } } },
  });
  expect(await workflow.ask(ann, cancel, { input })).toMatchObject({
    cancelWorkflowExecution: { __typename: 'WorkflowExecutionStateError', status: 'CANCELLED' },
  });
  const archive = `mutation ($id: ID!) { archiveWorkflow(input: { id: $id }) {
    ... on ArchiveWorkflowSuccess { workflow { status } } } }`;
  expect(await workflow.ask(ann, archive, { id: draft })).toMatchObject({
    archiveWorkflow: { workflow: { status: 'ARCHIVED' } },
  });
  expect(await execute(ann, { workflowId: draft })).toMatchObject({ code: 'WORKFLOW_NOT_EXECUTABLE' });
  const again = `mutation ($id: ID!) { retryWorkflowExecution(input: { id: $id }) {
    __typename ... on WorkflowNotExecutableError { message status } } }`;
  expect(await workflow.ask(ann, again, { id: execution.id })).toEqual({
    retryWorkflowExecution: {
      __typename: 'WorkflowNotExecutableError',
      message: 'The workflow is archived: activate it to execute it.',
      status: 'ARCHIVED',
    },
  });
  expect(await workflow.ask(ann, remove, { input: { id: draft } })).toEqual({
    deleteWorkflow: { __typename: 'DeleteWorkflowSuccess' },
  });
  expect(await show(ann, execution.id)).toBeNull();
});

test('figures, of one workflow and of all one may see', async () => {
  const eve = user('eve');
  const workflowId = await create(eve, {
    type: 'PARALLEL',
    steps: [
      transform('good'),
      transform('may', { config: { expression: 'input.bad ? $error("x") : 1' }, retryCount: 0 }),
    ],
  });
  const begun = await Promise.all([
    execute(eve, { workflowId, input: {} }),
    execute(eve, { workflowId, input: {} }),
    execute(eve, { workflowId, input: { bad: true } }),
  ]);
  for (const { execution } of begun) {
    await until('the execution ends', async () =>
      ['COMPLETED', 'FAILED'].includes((await show(eve, execution.id))?.status ?? ''),
    );
  }
  const fields = `totalExecutions completedExecutions failedExecutions activeExecutions successRate p50DurationMs
    perDay { day started completed failed } slowestSteps { stepId executions }`;
  const { workflow: one, workflowStats: all } = await workflow.ask<
    Record<'workflow' | 'workflowStats', { stats: object }>
  >(
    eve,
    `query ($id: ID!) { workflow(id: $id) { stats(days: 3) { ${fields} } } workflowStats(days: 3) { ${fields} } }`,
    { id: workflowId },
  );
  const today = new Date().toISOString().slice(0, 10);
  expect(one.stats).toMatchObject({
    totalExecutions: 3,
    completedExecutions: 2,
    failedExecutions: 1,
    activeExecutions: 0,
    successRate: 2 / 3,
    p50DurationMs: expect.any(Number),
    perDay: [{ started: 0 }, { started: 0 }, { day: today, started: 3, completed: 2, failed: 1 }],
  });
  expect(all).toEqual(one.stats);
  await expect(workflow.ask(eve, '{ workflowStats(days: 0) { totalExecutions } }')).rejects.toThrow('days');
});

test('lists: filters, order, pages', async () => {
  const zoe = user('zoe');
  for (const name of ['b', 'a', 'c']) await create(zoe, { name, tags: name === 'c' ? ['t'] : [] });
  const list = async (args: string) =>
    (
      await workflow.ask<{
        workflows: { nodes: { name: string }[]; totalCount: number; pageInfo: { endCursor: string } };
      }>(zoe, `{ workflows(${args}) { nodes { name executions { totalCount } } totalCount pageInfo { endCursor } } }`)
    ).workflows;
  const first = await list('first: 2, orderBy: { field: NAME, direction: ASC }');
  expect(first).toMatchObject({ nodes: [{ name: 'a', executions: { totalCount: 0 } }, { name: 'b' }], totalCount: 3 });
  const after = JSON.stringify(first.pageInfo.endCursor);
  expect((await list(`after: ${after}, orderBy: { field: NAME, direction: ASC }`)).nodes).toMatchObject([
    { name: 'c' },
  ]);
  expect((await list('filter: { tags: ["t"] }')).nodes).toMatchObject([{ name: 'c' }]);
  expect((await list('filter: { search: "B" }')).nodes).toMatchObject([{ name: 'b' }]);
});
