// Makes a checkout ready to run: packages, generated code, bundles. Does only what is missing or out of date, and
// runs before `npm start`, `npm run demo`, `npm run workflow` and `npm test`. Needs nothing but Node.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fingerprint } from './fingerprint.mjs';
import { withLock } from './preparation-lock.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (path) => join(root, path);
const LOG = at('prepare.log');
const MINIMUM_NODE = [20, 19];

const stamps = {
  installed: at('node_modules/.flowmesh-installed'),
  generated: at('node_modules/.flowmesh-generated'),
  built: at('dist/.built'),
};

/** Something a person can act on; printed as it is. */
class PreparationError extends Error {}

const say = (line) => process.stdout.write(`${line}\n`);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  throw new PreparationError(
    `Flowmesh needs Node ${MINIMUM_NODE.join('.')} or newer; this is Node ${process.versions.node}.`,
  );
}

const packageFiles = ['package.json', 'package-lock.json', '.npmrc'];
const schemaInputs = [
  'platform/domains/domains.json',
  'scripts/codegen.mjs',
  'scripts/generate.mjs',
  'scripts/resolver-lists.mjs',
  'gateway/scripts',
  'package-lock.json',
];
const sourceFolders = ['platform', 'gateway', 'subgraphs', 'prisma', 'server', 'demo', 'cli'];

/** Schemas, and what is generated for: mappers and resolvers. */
function schemaFiles() {
  const files = [];
  for (const folder of ['platform', 'subgraphs', 'prisma']) {
    const visit = (path) => {
      for (const entry of readdirSync(at(path), { withFileTypes: true })) {
        if (entry.name === 'node_modules' || entry.name === '__generated__') continue;
        if (entry.isDirectory()) visit(`${path}/${entry.name}`);
        else if (/(\.graphql|\.prisma|^schema\.mappers\.ts)$/.test(entry.name)) files.push(`${path}/${entry.name}`);
        else if (path.includes('/resolvers')) files.push(`${path}/${entry.name}`);
      }
    };
    visit(folder);
  }
  return files.sort();
}

/** What each stage depends on, as it is now. */
const inputs = {
  installed: () => `${process.platform}-${process.arch}-${process.versions.modules} ${fingerprint(root, packageFiles)}`,
  generated: () => fingerprint(root, [...schemaInputs, ...schemaFiles()]),
  built: () => fingerprint(root, [...sourceFolders, 'scripts', 'package-lock.json']),
};

const isCurrent = (stage) => existsSync(stamps[stage]) && readFileSync(stamps[stage], 'utf8') === inputs[stage]();
const generatedIsThere = () => existsSync(at('gateway/__generated__/supergraph.graphql'));

function mark(stage, state = inputs[stage]()) {
  mkdirSync(dirname(stamps[stage]), { recursive: true });
  writeFileSync(stamps[stage], state);
}

/** Whether node_modules holds what the lock file asks for, whoever has installed it. */
function isInstalled() {
  if (isCurrent('installed')) return true;
  try {
    const wanted = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages;
    const found = JSON.parse(readFileSync(at('node_modules/.package-lock.json'), 'utf8')).packages;
    const complete = Object.entries(wanted).every(
      ([path, { version, link, optional, peer }]) =>
        !path.includes('node_modules/') || link || optional || peer || found[path]?.version === version,
    );
    if (!complete) return false;
  } catch {
    return false;
  }
  mark('installed');
  return true;
}

function npm(command, ...options) {
  const args = [command, ...options, '--include=dev', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const path = process.env.npm_execpath;
  const result = path?.endsWith('.js')
    ? spawnSync(process.execPath, [path, ...args], { cwd: root, encoding: 'utf8' })
    : spawnSync('npm', args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  appendFileSync(LOG, `${result.stdout ?? ''}${result.stderr ?? ''}`);
  return result;
}

function install() {
  // `ci` first deletes everything; if packages exist, `install` gives the same result with less work.
  let result = existsSync(at('node_modules')) ? npm('install', '--no-save') : npm('ci');
  // A lock file written on another platform may lack packages that only this one needs.
  if (/in sync/.test(result.stderr ?? '')) result = npm('install', '--no-save');
  if (result.status !== 0) {
    const reason = /npm error (?!code|errno|syscall|A complete)(.+)/.exec(result.stderr ?? '')?.[1];
    throw new PreparationError(
      `Installing packages failed: ${reason ?? result.error?.message ?? `npm ended with ${result.status}`} (all of it: ${LOG})`,
    );
  }
  mark('installed');
}

/** Runs a script of this folder in a process of its own: its packages were not there when this one started. */
function runScript(name, failure) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [at(`scripts/${name}`)], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      appendFileSync(LOG, output);
      const reason = /(?:error:?|Error:) *(.+)/i.exec(output)?.[1] ?? output.trim().split('\n')[0];
      reject(new PreparationError(`${failure}: ${reason} (all of it: ${LOG})`));
    });
  });
}

/** Runs a stage's script; what changes while it runs makes it run again next time. */
async function runStage(stage, script, failure) {
  const state = inputs[stage]();
  await runScript(script, failure);
  mark(stage, state);
}

async function step(title, work) {
  const started = Date.now();
  say(`${title} …`);
  await work();
  say(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

const isReady = () => isInstalled() && isCurrent('generated') && generatedIsThere() && isCurrent('built');

async function prepare() {
  rmSync(LOG, { force: true });
  if (!isInstalled()) {
    await step(`Installing packages${existsSync(at('node_modules')) ? '' : ' (about a minute)'}`, install);
  }
  if (!isCurrent('generated') || !generatedIsThere()) {
    await step('Generating code from the schemas', () =>
      runStage('generated', 'generate.mjs', 'Generating code failed'),
    );
  }
  if (!isCurrent('built')) {
    await step('Building', () => runStage('built', 'build.mjs', 'Building failed'));
  }
}

try {
  checkNode();
  if (!isReady()) {
    const onWait = () => say('Another command is preparing this checkout: waiting for it …');
    await withLock(at('.prepare.lock'), onWait, () => (isReady() ? undefined : prepare()));
  }
} catch (error) {
  process.stderr.write(`${error instanceof PreparationError ? error.message : error.stack}\n`);
  process.exitCode = 1;
}
