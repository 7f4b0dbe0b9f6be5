// Writes what is derived from the schemas: Prisma clients, resolver types, the supergraph SDL.
import { spawnSync } from 'node:child_process';
import { readdirSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  run('node_modules/@graphql-codegen/cli/cjs/bin.js', ['--config', 'codegen.yml', '--silent']);
}

export function composeSupergraph() {
  run('gateway/scripts/compose.mjs', []);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  generatePrismaClients();
  generateResolverTypes();
  composeSupergraph();
}
