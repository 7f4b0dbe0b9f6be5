import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sharedProduct } from '../harness/product.ts';
import { startTeamDouble } from '../harness/team-double.ts';
import { TEAMS } from '../harness/team-reference.ts';
import { doneBy, lackingBy } from '../harness/team-samples.ts';
import { ROOT, cleanEnvironment } from '../harness/test-config.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

type Double = Awaited<ReturnType<typeof startTeamDouble>>;

let user: TestUser;
let model: Double;
let folder: string;
/** The step that lacks something. */
let lacking: string | null = null;
beforeAll(async () => {
  user = await makeUser(sharedProduct());
  folder = mkdtempSync(join(tmpdir(), 'flowmesh-team-'));
  model = await startTeamDouble(({ stepId, schema }) =>
    stepId === lacking ? lackingBy(schema, 'the users') : doneBy(schema, stepId),
  );
});
afterAll(async () => {
  await model.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function demo(args: readonly string[], environment: Readonly<Record<string, string>>) {
  const { url } = sharedProduct();
  const who = ['--url', url, '--email', user.email, '--password', user.password];
  const child = spawn(process.execPath, [join(ROOT, 'dist/demo/main.js'), ...who, ...args], {
    env: { ...cleanEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output, errors };
}

const settings = (more: object = {}) => ({ OPENAI_BASE_URL: `${model.url}/v1`, OPENAI_MODEL: 'team-1', ...more });

test.each(TEAMS.map(({ id, name, roles }) => [id, name, roles.length] as const))(
  '--team %s installs the team, shows its steps and what comes out',
  async (id, name, roles) => {
    const file = join(folder, `${id}.json`);
    const { code, output, errors } = await demo(['--team', id, '--output', file], settings({ OPENAI_API_KEY: 'sk-1' }));
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain(`\n${name}: ${roles} roles, played by team-1 (execution `);
    expect(output).toMatch(/^ {2}✔ Put the result together +COMPLETED +\d+ ms$/m);
    expect(output).toMatch(/^COMPLETED after \d+ s$/m);
    expect(model.calls.at(-1)).toMatchObject({ model: 'team-1', authorization: 'Bearer sk-1' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ outcome: 'DONE', questions: [] });
  },
  60_000,
);

test('takes a text of somebody, another model, and the team that is there', async () => {
  const agents = async () =>
    (await user.graph.query<{ agents: { totalCount: number } }>('{ agents { totalCount } }')).agents.totalCount;
  const before = await agents();
  const file = join(ROOT, 'demo/reports/dark-mode-request.txt');
  lacking = 'brief';
  const { code, output, errors } = await demo(
    ['--team', 'feature', '--file', file, '--model', 'team-2'],
    settings({ OPENAI_API_KEY: 'sk-2' }),
  );
  lacking = null;
  expect({ code, errors }).toEqual({ code: 1, errors: '' });
  expect(output).toContain('The team lacks something\n\n  Write the brief: What about the users?\n');
  expect(model.calls.at(-1)).toMatchObject({
    ...{ stepId: 'brief', model: 'team-2', authorization: 'Bearer sk-2' },
    input: { idea: readFileSync(file, 'utf8').trim() },
  });
  expect(await agents()).toBe(before);
}, 60_000);

test.each([
  [
    ['--team', 'feature'],
    {},
    /^\nA team is played by a language model\. Missing: OPENAI_BASE_URL and --model \(or OPENAI_MODEL\)\./,
  ],
  [['--team', 'feature', '--model', 'm'], {}, /Missing: OPENAI_BASE_URL\.\n/],
  [['--team', 'football'], {}, /^\n--team football: there are feature, bug-triage, /],
] as const)('%j says what is needed, and ends with 2', async (args, environment, message) => {
  const { code, output, errors } = await demo(args, environment);
  expect({ code, output }).toEqual({ code: 2, output: '' });
  expect(errors).toMatch(message);
});

test('says what a file or the product refuses, and ends with 1', async () => {
  const missing = await demo(['--team', 'feature', '--file', join(folder, 'nothing.txt')], settings());
  expect(missing).toMatchObject({ code: 1, errors: expect.stringContaining('there is no such file') });
  const refused = await demo(['--team', 'bug-triage'], { ...settings(), OPENAI_BASE_URL: 'http://10.0.0.1/v1' });
  expect(refused).toMatchObject({ code: 1, errors: expect.stringMatching(/was refused: (llm\.)?baseUrl: /) });
});
