// Writes what is derived from the schemas and the list of domains: Prisma clients, resolver types and
// lists, the supergraph SDL.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { domains } from './domains.mjs';
import { fileSchemas } from './file-schemas.mjs';
import { listAllResolvers } from './resolver-lists.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function run(command, args, environment = {}) {
  const result = spawnSync(process.execPath, [command, ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout}\n${result.stderr}\n`);
    throw new Error(`${command} ${args.join(' ')} failed`);
  }
}

export function generatePrismaClients() {
  for (const domain of readdirSync(join(root, 'prisma'))) {
    const schema = join(root, 'prisma', domain, 'schema.prisma');
    if (!existsSync(schema)) continue;
    // Generating needs no schema engine, but the command insists on having one and would download it.
    run('node_modules/prisma/build/index.js', ['generate', '--schema', schema, '--no-hints'], {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    });
  }
}

export function generateResolverTypes() {
  run('scripts/codegen.mjs', []);
}

/** What TypeScript cannot take from the list of domains: their names as a type, and their settings and code for the one process. */
export function listDomains() {
  const names = domains.map(({ name }) => name);
  const imports = names.map((name) => `    import('@flowmesh/${name}/subgraph'),\n`).join('');
  write(
    'platform/domains/__generated__/domain-name.ts',
    `export type DomainName = ${names.map((name) => `'${name}'`).join(' | ')};\n`,
  );
  const settings = names.map((name) => `import { settings as ${name} } from '@flowmesh/${name}/settings';\n`).join('');
  write(
    'server/src/__generated__/settings.ts',
    `${settings}
/** What each domain reads besides what every process does. */
export const domainSettings = { ${names.join(', ')} };
`,
  );
  write(
    'server/src/__generated__/subgraphs.ts',
    `/** Reads the code of every domain. */
export async function loadSubgraphs() {
  const [${names.join(', ')}] = await Promise.all([
${imports}  ]);
  return { ${names.join(', ')} };
}
`,
  );
}

function write(file, text) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

/** What the command line knows of the graph. */
export function writeFileSchemas() {
  const { workflow, agent, workflowSelection } = fileSchemas(root);
  write(
    'cli/src/__generated__/file-schemas.ts',
    `// Made of the SDL by scripts/file-schemas.mjs.
/** JSON Schemas of files. */
export const FILE_SCHEMAS: Readonly<Record<'workflow' | 'agent', object>> = ${JSON.stringify({ workflow, agent }, null, 2)};

/** The fields of a workflow that a file has. */
export const WORKFLOW_SELECTION = ${JSON.stringify(workflowSelection)};
`,
  );
}

export function composeSupergraph() {
  run('gateway/scripts/compose.mjs', []);
}

/** Of all domains. Throws for a root field without a resolver, and for a file that is not where the schema says. */
export function listResolvers() {
  listAllResolvers(
    root,
    domains.map(({ name }) => `subgraphs/${name}/src`),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  generatePrismaClients();
  listDomains();
  generateResolverTypes();
  composeSupergraph();
  writeFileSchemas();
  // Last: a field that has no resolver yet has its types by now.
  listResolvers();
}
