// Typed resolvers of each subgraph, from its own SDL and the shared one. What a resolver is handed for a type is said by
// the `<Type>Mapper` that a `schema.mappers.ts` beside the SDL exports.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from '@graphql-codegen/cli';
import { domains } from './domains.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const MAPPER = /^export (?:type|interface|class) (\w+)Mapper\b/gm;

/** Type → `file#name` of every mapper of a domain. Throws when a type has two. */
function mappersOf(source, generated) {
  const mappers = {};
  const files = readdirSync(source, { recursive: true, withFileTypes: true }).filter(
    ({ name }) => name === 'schema.mappers.ts',
  );
  for (const { parentPath, name } of files) {
    const file = join(parentPath, name);
    for (const [, type] of readFileSync(file, 'utf8').matchAll(MAPPER)) {
      if (mappers[type]) throw new Error(`${type} has two mappers in ${source}`);
      mappers[type] = `${relative(generated, file)}#${type}Mapper`;
    }
  }
  return mappers;
}

const contextOf = (name) => `../context.ts#${name[0].toUpperCase()}${name.slice(1)}Context`;

function outputOf({ name }) {
  const source = `subgraphs/${name}/src`;
  const generated = `${source}/__generated__`;
  const output = {
    schema: ['platform/graphql/shared.graphql', `${source}/modules/**/schema.graphql`],
    plugins: ['typescript', 'typescript-resolvers'],
    config: { contextType: contextOf(name), mappers: mappersOf(join(root, source), join(root, generated)) },
  };
  return [`${generated}/graphql.ts`, output];
}

process.chdir(root);
await generate(
  {
    silent: true,
    overwrite: true,
    config: {
      useTypeImports: true,
      enumsAsTypes: true,
      federation: true,
      defaultScalarType: 'unknown',
      scalars: {
        ID: { input: 'string', output: 'string' },
        DateTime: { input: 'Date', output: 'Date' },
        JSON: { input: 'unknown', output: 'unknown' },
        JSONObject: { input: 'Record<string, unknown>', output: 'Record<string, unknown>' },
      },
      resolversNonOptionalTypename: { unionMember: true },
    },
    generates: Object.fromEntries(domains.map(outputOf)),
  },
  true,
);
