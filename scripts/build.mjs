// Bundles each process for production. Every file of the bundle lies exactly one folder below dist/, so that
// `new URL('../schemas', import.meta.url)` finds the same folder from all of them.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { fingerprint } from './fingerprint.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const domains = readdirSync(join(root, 'subgraphs')).filter((name) =>
  existsSync(join(root, 'subgraphs', name, 'src/main.ts')),
);

/** Name in dist/ → source; what is not written yet is left out. */
function entryPoints() {
  const mains = [
    ['server', 'server/src/main.ts'],
    ['gateway', 'gateway/src/main.ts'],
    ['demo', 'demo/src/main.ts'],
    ['cli', 'cli/src/main.ts'],
    ...domains.map((domain) => [domain, `subgraphs/${domain}/src/main.ts`]),
  ];
  return Object.fromEntries(
    mains.filter(([, file]) => existsSync(join(root, file))).map(([name, file]) => [`${name}/main`, join(root, file)]),
  );
}

/**
 * Bundles the code of this repository and leaves packages external, except packages whose version differs between
 * workspaces: from dist/, Node would find the version of the other workspaces.
 */
const workspacePackages = {
  name: 'workspace-packages',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, resolveDir, kind }) => {
      if (kind === 'entry-point') return undefined;
      if (isBuiltin(path)) return { path, external: true };
      if (path.startsWith('@flowmesh/')) return { path: fileURLToPath(import.meta.resolve(path)) };
      const name = path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/');
      return packageFolder(name, resolveDir) === join(root, 'node_modules', name)
        ? { path, external: true }
        : undefined;
    });
  },
};

function packageFolder(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) throw new Error(`${name} is not installed, but imported from ${from}`);
  }
}

/** Code of worker threads and of child processes: `<name>-worker.mjs` or `<name>-process.mjs` becomes `dist/workers/…`. */
const workerFiles = () =>
  ['platform', 'gateway', 'subgraphs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((path) => /-(worker|process)\.mjs$/.test(path) && !path.includes('node_modules'))
      .map((path) => join(root, folder, path)),
  );

const common = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'error',
  plugins: [workspacePackages],
};

export async function bundle() {
  for (const folder of ['chunks', 'workers']) rmSync(join(dist, folder), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: entryPoints(),
    outdir: dist,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  });
  const workers = workerFiles();
  if (workers.length === 0) return;
  await build({
    ...common,
    entryPoints: Object.fromEntries(workers.map((file) => [`workers/${basename(file, '.mjs')}`, file])),
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    // What they import later is loaded later.
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  });
}

/** What the bundles read at run time: SDL, migrations. */
export function copyAssets() {
  for (const folder of ['schemas', 'prisma']) rmSync(join(dist, folder), { recursive: true, force: true });
  mkdirSync(join(dist, 'schemas'), { recursive: true });
  const shared = readFileSync(join(root, 'platform/graphql/shared.graphql'), 'utf8');
  const sourcesOf = (domain) => join(root, domain === 'system' ? 'gateway/src/system' : `subgraphs/${domain}/src`);
  for (const domain of [...domains, 'system']) {
    const sources = sourcesOf(domain);
    const files = readdirSync(sources, { recursive: true }).filter((name) => basename(name) === 'schema.graphql');
    const sdl = [shared, ...files.sort().map((name) => readFileSync(join(sources, name), 'utf8'))].join('\n');
    writeFileSync(join(dist, 'schemas', `${domain}.graphql`), sdl);
  }
  for (const domain of domains) {
    cpSync(join(root, 'prisma', domain, 'migrations'), join(dist, 'prisma', domain, 'migrations'), { recursive: true });
  }
  cpSync(join(root, 'gateway/__generated__/supergraph.graphql'), join(dist, 'supergraph.graphql'));
}

/** GraphiQL takes the longest by far and changes the least: built only when its own files have changed. */
export function buildGraphiql() {
  const source = join(root, 'gateway/graphiql');
  if (!existsSync(source)) return;
  const stamp = join(dist, 'graphiql', '.built');
  const wanted = fingerprint(root, ['gateway/graphiql', 'package-lock.json']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const result = spawnSync(
    process.execPath,
    [
      join(packageFolder('vite', source), 'bin/vite.js'),
      'build',
      '--outDir',
      join(dist, 'graphiql'),
      '--emptyOutDir',
      '--logLevel',
      'error',
    ],
    { cwd: source, env: { ...process.env, NODE_ENV: 'production' }, encoding: 'utf8' },
  );
  if (result.status !== 0) throw new Error(`GraphiQL could not be built: ${result.stderr || result.stdout}`);
  writeFileSync(stamp, wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundle();
  copyAssets();
  buildGraphiql();
}
