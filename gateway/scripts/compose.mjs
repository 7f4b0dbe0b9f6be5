// Composes the supergraph SDL from the subgraphs' own files, and the catalogue of scopes that roles are made of. Fails
// with every error at once.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { composeServices } from '@apollo/composition';
import { parse, print } from 'graphql';
import { readScopeCatalogue } from './scope-catalogue.mjs';
import { withSharedDescriptions } from './shared-descriptions.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

function schemaFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'schema.graphql')
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

const shared = readFileSync(join(root, 'platform/graphql/shared.graphql'), 'utf8');
const folders = readdirSync(join(root, 'subgraphs'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ name, folder: join(root, 'subgraphs', name, 'src') }));
// The gateway's own few fields are a subgraph like the others.
folders.push({ name: 'system', folder: join(root, 'gateway/src/system') });

const services = folders.map(({ name, folder }) => ({
  name,
  url: `http://${name}.invalid/graphql`,
  typeDefs: parse([shared, ...schemaFiles(folder).map((file) => readFileSync(file, 'utf8'))].join('\n')),
}));

const result = composeServices(services);
if (result.errors) {
  for (const error of result.errors) process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

/** Writes what is derived from the sources into a package's `__generated__` folder. */
function writeGenerated(folder, name, content) {
  mkdirSync(join(root, folder, '__generated__'), { recursive: true });
  writeFileSync(join(root, folder, '__generated__', name), content);
}

const supergraph = withSharedDescriptions(parse(result.supergraphSdl));
writeGenerated('gateway', 'supergraph.graphql', print(supergraph));
const scopes = readScopeCatalogue(folders, supergraph);
writeGenerated(
  'subgraphs/auth/src',
  'scopes.ts',
  `/** Every scope of the graph, and what it allows. */\nexport const SCOPES: Readonly<Record<string, string>> = ${JSON.stringify(scopes, null, 2)};\n`,
);
