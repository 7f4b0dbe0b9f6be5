import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { sharedProduct } from '../harness/product.ts';
import { ROOT, cleanEnvironment } from '../harness/test-config.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
const folder = mkdtempSync(join(tmpdir(), 'flowmesh-command-line-'));
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** The command as a user types it, in the test's folder. */
async function workflow(args: readonly string[], environment: object = {}, input?: string): Promise<Result> {
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
    cwd: folder,
    env: {
      ...cleanEnvironment(),
      XDG_CONFIG_HOME: join(folder, 'settings'),
      DATA_DIR: join(folder, 'no-data'),
      FLOWMESH_TOKEN: user.accessToken,
      ...environment,
    },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(input);
  let [output, errors] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output, errors };
}

const run = (args: readonly string[], environment?: object, input?: string) =>
  workflow([...args, '--url', product.url], environment, input);

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** An agent of statistics and a workflow that names it. */
const team = (agent: string, name: string) => `kind: Agent
name: ${agent}
type: Statistics
builtin: { function: STATISTICS }
---
kind: Workflow
name: ${name}
inputSchema: { type: object, required: [values] }
steps:
  - id: double
    stepType: TRANSFORM
    config: { expression: '{"values": input.values.($ * 2)}' }
  - id: stats
    stepType: AGENT
    agent: ${agent}
    config: { input: steps.double.result }
  - id: each
    stepType: FOR_EACH
    config:
      items: input.values
      steps:
        - { id: mean, stepType: TRANSFORM, config: { expression: item - steps.stats.result.mean } }
`;

test('a file is validated, applied and run; what is exported is the same workflow', async () => {
  const [agent, name] = [unique('statistics'), unique('from a file')];
  const team1 = file('team.yaml', team(agent, name));
  expect(await run(['validate', team1])).toMatchObject({
    code: 0,
    output: 'All 2 documents are valid.\n',
    errors: expect.stringContaining('only its form was checked'),
  });
  const dry = await run(['apply', '--dry-run', team1]);
  expect(dry).toMatchObject({
    code: 0,
    output: `Agent "${agent}" would be created\nWorkflow "${name}" would be created\n`,
  });
  const applied = await run(['apply', team1]);
  expect(applied.output).toMatch(
    new RegExp(`^Agent "${agent}" created \\(.+\\)\nWorkflow "${name}" created \\(.+\\)\n$`),
  );
  expect((await run(['validate', team1])).errors).toBe('');

  const done = await run(['run', name, '--input', '{"values": [1, 2, 3]}']);
  expect([done.code, JSON.parse(done.output)]).toEqual([0, [-3, -2, -1]]);
  expect(done.errors).toMatch(/✔ double .*COMPLETED/);
  expect(done.errors).toMatch(/\nCOMPLETED after \d+ ms\n$/);

  const exported = await run(['export', name, '--output', 'exported.yaml']);
  expect(exported.code).toBe(0);
  const text = readFileSync(join(folder, 'exported.yaml'), 'utf8');
  const [, source] = team(agent, name).split('---\n');
  expect(parse(text)).toEqual(parse(source!));
  expect(await run(['apply', 'exported.yaml'])).toMatchObject({ code: 0, output: expect.stringContaining('changed') });
  const { output } = await run(['export', name]);
  expect(output).toBe(text);
}, 120_000);

test('what is wrong in a file is told with its place', async () => {
  const wrong = file(
    'wrong.yaml',
    `name: wrong
stepz: 1
steps:
  - id: a
    stepType: TRANSFROM
`,
  );
  expect(await run(['validate', wrong])).toEqual({
    code: 1,
    output: '',
    errors: expect.stringMatching(
      /^wrong\.yaml:2:8: stepz: there is no such setting\nwrong\.yaml:5:15: steps\.0\.stepType: must be one of AGENT, .*\n$/,
    ),
  });
  const meaning = file(
    'meaning.yaml',
    `name: meaning
steps:
  - id: a
    stepType: TRANSFORM
    config:
      expression: '1 +'
  - id: b
    stepType: TRANSFORM
    dependencies: [nope]
    config: { expression: '1' }
`,
  );
  expect(await run(['apply', meaning])).toEqual({
    code: 1,
    output: '',
    errors: expect.stringMatching(
      /^meaning\.yaml:6:19: steps\[0\]\.config\.expression: .*\nmeaning\.yaml:9:20: steps\[1\]\.dependencies\[0\]: there is no step nope\n$/,
    ),
  });
  expect(await run(['validate', file('syntax.yaml', 'a: [1')])).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/^syntax\.yaml:1:\d+: /),
  });
}, 60_000);

test('the exit code tells how an execution ended', async () => {
  const name = unique('ends');
  const ends = file(
    'ends.yaml',
    `name: ${name}
steps:
  - { id: wait, stepType: DELAY, config: { seconds: 600 }, condition: input.wait == true }
  - { id: check, stepType: TRANSFORM, retryCount: 0, config: { expression: 'input.bad ? $error("refused") : "fine"' } }
`,
  );
  const fine = await run(['run', ends, '--input', '-'], {}, 'wait: false\nbad: false\n');
  expect([fine.code, fine.output]).toEqual([0, 'fine\n']);
  const failed = await run(['run', ends, '--input', '{"wait": false, "bad": true}', '--json']);
  expect([failed.code, JSON.parse(failed.output)]).toEqual([1, expect.objectContaining({ status: 'FAILED' })]);
  const begun = await run(['run', name, '--input', '{"wait": true, "bad": false}', '--no-wait', '--key', 'once']);
  const id = begun.output.trim();
  expect(begun).toEqual({ code: 0, output: `${id}\n`, errors: '' });
  const watching = run(['watch', id]);
  const cancelled = await user.graph.mutate<{ __typename: string }>(
    'mutation ($id: ID!) { cancelWorkflowExecution(input: { id: $id }) { __typename } }',
    { id },
  );
  expect(cancelled.__typename).toBe('CancelWorkflowExecutionSuccess');
  expect(await watching).toMatchObject({ code: 3, errors: expect.stringContaining('CANCELLED') });
  // The same key shows the same execution.
  expect((await run(['run', name, '--input', '{"wait": true, "bad": false}', '--key', 'once'])).code).toBe(3);
}, 120_000);

test('preflight says what an execution would run into, and starts none', async () => {
  const name = unique('looked at');
  const checked = file(
    'preflight.yaml',
    `name: ${name}
inputSchema: { type: object, required: [values] }
steps: [{ id: a, stepType: TRANSFORM, config: { expression: '7' } }]
`,
  );
  expect(await run(['preflight', checked, '--input', '{"values": []}'])).toMatchObject({
    code: 0,
    output: 'An execution can start: 0 errors, 0 warnings.\n',
  });
  const wrong = await run(['preflight', name, '--input', '{}']);
  expect(wrong).toEqual({
    code: 1,
    output:
      'ERROR INVALID_INPUT execution (input.values): is required\n' + 'An execution would fail: 1 error, 0 warnings.\n',
    errors: '',
  });
  const json = await run(['preflight', name, '--input', '{}', '--json']);
  expect([json.code, JSON.parse(json.output)]).toEqual([
    1,
    { ready: false, findings: [expect.objectContaining({ code: 'INVALID_INPUT', severity: 'ERROR', stepId: null })] },
  ]);
  expect(await run(['preflight', 'no such workflow'])).toMatchObject({ code: 4 });
  const { workflowExecutions } = await user.graph.query<{ workflowExecutions: { nodes: object[] } }>(
    '{ workflowExecutions(first: 50) { nodes { workflow { name } } } }',
  );
  expect(workflowExecutions.nodes).not.toContainEqual({ workflow: { name } });
}, 60_000);

test('refusals, mistakes and a product that is away have exit codes of their own', async () => {
  expect(await run(['run', 'no such workflow'])).toMatchObject({
    code: 4,
    errors: expect.stringContaining('no workflow'),
  });
  expect(await run(['watch', 'nothing'])).toMatchObject({ code: 4 });
  expect(await run(['export', 'x'], { FLOWMESH_TOKEN: 'wrong' })).toMatchObject({
    code: 4,
    errors: expect.stringContaining('npm run workflow -- login'),
  });
  expect(await workflow(['export', 'x'], { FLOWMESH_TOKEN: '', PORT: '1' })).toMatchObject({ code: 4 });
  expect(await workflow(['export', 'x', '--url', 'http://127.0.0.1:1'])).toMatchObject({
    code: 5,
    errors: expect.stringContaining('cannot be reached'),
  });
  expect(await run(['paint'])).toMatchObject({
    code: 2,
    errors: expect.stringContaining('There is no command "paint"'),
  });
  expect(await run(['validate', 'missing.yaml'])).toMatchObject({ code: 2 });
  expect(await run(['run', 'x', '--input', '@missing.json'])).toMatchObject({ code: 2 });
  expect(await run(['--help'])).toMatchObject({ code: 0, output: expect.stringContaining('Exit codes') });
}, 60_000);

test('a profile keeps a key of the person who signed in, for nobody else to read', async () => {
  const environment = { FLOWMESH_TOKEN: undefined };
  const answers = `${user.email}\n${user.password}\n`;
  expect(await run(['login'], environment, answers)).toMatchObject({
    code: 0,
    output: expect.stringContaining('profile "default"'),
  });
  const profiles = join(folder, 'settings/flowmesh/profiles.json');
  expect(statSync(profiles).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(profiles, 'utf8'))).toEqual({
    default: { url: product.url, token: expect.stringMatching(/^fm_/) },
  });
  const name = unique('by profile');
  const text = `name: ${name}\nsteps: [{ id: a, stepType: TRANSFORM, config: { expression: '7' } }]\n`;
  expect(await workflow(['run', file('profile.yaml', text)], environment)).toMatchObject({ code: 0, output: '7\n' });
}, 60_000);

test('values come from the environment where a file says so', async () => {
  const name = unique('remote');
  const text = `kind: Agent
name: ${name}
type: Model
llm: { baseUrl: 'https://models.example.com/v1', model: m, apiKey: { $env: SOME_KEY } }
`;
  expect(await run(['apply', file('key.yaml', text)])).toMatchObject({
    code: 2,
    errors: 'The environment variable SOME_KEY is not set.\n',
  });
  expect(await run(['apply', 'key.yaml'], { SOME_KEY: 'sk-of-the-environment' })).toMatchObject({ code: 0 });
  const { agents } = await user.graph.query<{ agents: { nodes: object[] } }>(
    `query ($search: String!) { agents(filter: { search: $search }) { nodes { configuration { ... on LlmConfiguration { apiKeySet } } } } }`,
    { search: name },
  );
  expect(agents.nodes).toEqual([{ configuration: { apiKeySet: true } }]);
});
