// Composes the supergraph SDL from the subgraphs' own files. Fails with every composition error at once.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

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
const target = join(root, 'gateway/__generated__');
mkdirSync(target, { recursive: true });
writeFileSync(join(target, 'supergraph.graphql'), result.supergraphSdl);
