import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startS3Server, type S3Server } from '../../subgraphs/integration/src/testing/s3-server.ts';
import { registerIntegration } from '../harness/integrations.ts';
import { sharedProduct } from '../harness/product.ts';
import { ROOT, cleanEnvironment } from '../harness/test-config.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

async function demo(args: readonly string[], input?: string) {
  const { url, admin } = sharedProduct();
  const child = spawn(
    process.execPath,
    [join(ROOT, 'dist/demo/main.js'), '--url', url, '--email', admin.email, '--password', admin.password, ...args],
    { env: cleanEnvironment(), stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] },
  );
  child.stdin?.end(input);
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output, errors };
}

/** The last state in which each step was shown. */
function lastStates(output: string): Record<string, string> {
  const lines = output.matchAll(/^ {2}\S (.{22})(COMPLETED|SKIPPED|RUNNING|WAITING|READY|FAILED|CANCELLED)/gm);
  return Object.fromEntries([...lines].map(([, name, status]) => [name!.trim(), status!]));
}

/** What the end of the output says that each step knew: keys of the context. */
function known(output: string): Record<string, string[]> {
  const end = output.slice(output.indexOf('What was known at each step'));
  const lines = end.matchAll(/^ {2}(.{22})(?:read v\d+|) *(?:wrote v\d+|) *(.*)$/gm);
  return Object.fromEntries([...lines].map(([, name, keys]) => [name!.trim(), keys!.split(', ')]));
}

const report = (name: string) => join(ROOT, 'demo/reports', name);
const READ = {
  'Note the report': 'COMPLETED',
  Classify: 'COMPLETED',
  Summarise: 'COMPLETED',
  'Find key phrases': 'COMPLETED',
  'Find entities': 'COMPLETED',
  'Read the tone': 'COMPLETED',
  'Judge severity': 'COMPLETED',
  Assess: 'COMPLETED',
  'Is it urgent?': 'COMPLETED',
};
const ESCALATED = {
  ...READ,
  Escalate: 'COMPLETED',
  'Put into the backlog': 'SKIPPED',
  'Write the report': 'COMPLETED',
};
const PLANNED = { ...READ, Escalate: 'SKIPPED', 'Put into the backlog': 'COMPLETED', 'Write the report': 'COMPLETED' };

test.each([
  ['crash-on-export.md', /^\| bug \| (high|critical) \|/m, ESCALATED],
  ['checkout-latency-incident.md', /^\| incident \| (high|critical) \|/m, ESCALATED],
  ['dark-mode-request.txt', /^\| feature \| low \|/m, PLANNED],
])('triages %s, showing each step', async (file, verdict, steps) => {
  const { code, output, errors } = await demo(['--file', report(file)]);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(lastStates(output)).toEqual(steps);
  expect(output).toMatch(/^COMPLETED after \d+ ms/m);
  expect(output).toMatch(verdict);
  // Steps at the same time may know of each other, or not.
  const knew = known(output);
  expect(knew).toMatchObject({
    'Note the report': [''],
    Classify: expect.arrayContaining(['note']),
    Assess: expect.arrayContaining(['note', 'classify', 'severity', 'tone']),
    'Is it urgent?': expect.arrayContaining(['assess']),
    'Write the report': expect.arrayContaining(['assess', 'summarise', 'phrases', 'entities']),
  });
  const completed = Object.keys(steps).filter((name) => lastStates(output)[name] === 'COMPLETED');
  expect(Object.keys(knew).sort()).toEqual(completed.sort());
});

test('reads standard input, and changes neither crew nor workflow when it runs again', async () => {
  const admin = await administrator(sharedProduct());
  const versions = () =>
    admin.graph.query(`{ agents(filter: { tags: ["demo"] }, first: 100) { nodes { name version } }
      workflows(filter: { tags: ["demo"] }) { nodes { name version } } }`);
  const text = readFileSync(report('dark-mode-request.txt'), 'utf8');
  const first = await demo([], text);
  expect(first.code).toBe(0);
  const before = await versions();
  const second = await demo([], text);
  expect(second.code).toBe(0);
  expect(second.output).toContain('# Triage of standard input');
  expect(await versions()).toEqual(before);
});

const KEYS = { accessKeyId: 'AKIDOFTHEDEMO', secretAccessKey: 'the secret of the demo' };
let server: S3Server;
let ada: TestUser;
beforeAll(async () => {
  server = await startS3Server({ ...KEYS, buckets: ['reports'] });
  ada = await makeUser(sharedProduct());
}, 30_000);
afterAll(() => server.stop());

const asAda = () => ['--email', ada.email, '--password', ada.password, '--file', report('dark-mode-request.txt')];
const bucket = (name: string, secretAccessKey = KEYS.secretAccessKey) => {
  const provider = {
    type: 'S3',
    bucket: 'reports',
    accessKeyId: KEYS.accessKeyId,
    endpoint: server.url,
    pathStyle: true,
  };
  return registerIntegration(ada.graph, {
    ...{ name, type: 'STORAGE', configuration: { provider, keyPrefix: `${name}/` } },
    credentials: { secretAccessKey },
    policy: { retry: { maxAttempts: 1 } },
  });
};

test('stores the report where its user has a storage, and says where it is', async () => {
  const without = await demo(asAda());
  expect({ code: without.code, errors: without.errors }).toEqual({ code: 0, errors: '' });
  expect(without.output).toMatch(/\nThe report is not stored: register an integration of type STORAGE \(.+\)\.\n$/);

  await bucket('b of ada');
  await bucket('a of ada', 'not the secret');
  const { code, output, errors } = await demo([...asAda(), '--storage', 'b of ada']);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  const [, id, markdown, json, until, url] =
    /\(execution ([\w-]+)\)[^]+\nThe report is stored by b of ada as (\S+) and (\S+); until (\S+) anybody can read it at\n(\S+)\n$/.exec(
      output,
    )!;
  expect([markdown, json]).toEqual([`triage/${id}.md`, `triage/${id}.json`]);
  expect(Date.parse(until!)).toBeGreaterThan(Date.now());
  const stored = await fetch(url!);
  expect(stored.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  const text = await stored.text();
  expect(text).toContain('# Triage of dark-mode-request.txt');
  expect(output).toContain(`\n${text}\n`);

  // Without a name it is the first by name, whose secret is wrong: only who asks for it has failed.
  const refused = await demo(asAda());
  expect({ code: refused.code, errors: refused.errors }).toEqual({ code: 0, errors: '' });
  const problem = 'The report could not be stored by a of ada \\(put\\): .+\\n$';
  expect(refused.output).toMatch(new RegExp(`\\nThe report is not stored. ${problem}`));
  const asked = await demo([...asAda(), '--storage', 'a of ada']);
  expect(asked.code).toBe(1);
  expect(asked.errors).toMatch(new RegExp(`^\\n${problem}`));
});

test('stores nothing for a user who may not see integrations', async () => {
  const admin = await administrator(sharedProduct());
  const input = { name: unique('triage'), scopes: ['agent:*', 'workflow:*', 'context:*', 'user:read'] };
  const document = 'mutation Make($input: CreateRoleInput!) { createRole(input: $input) { __typename } }';
  expect(await admin.graph.mutate(document, { input })).toEqual({ __typename: 'CreateRoleSuccess' });
  const { email, password } = await makeUser(sharedProduct(), { roles: [input.name] });
  const { code, output, errors } = await demo(['--email', email, '--password', password]);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toContain('\nThe report is not stored: register an integration of type STORAGE');
});

test('says before it begins that there is no storage of the name', async () => {
  const { code, output, errors } = await demo([...asAda(), '--storage', 'nobody’s']);
  expect({ code, output, errors }).toEqual({
    code: 1,
    output: '',
    errors: '\n--storage nobody’s: you see no active integration of type STORAGE of this name.\n',
  });
});

test('says clearly why it cannot sign in, and ends with 1', async () => {
  const { code, errors } = await demo(['--password', 'not the password']);
  expect(code).toBe(1);
  expect(errors).toMatch(/^\nCould not sign in as admin@flowmesh\.test: .+\n$/);
});
