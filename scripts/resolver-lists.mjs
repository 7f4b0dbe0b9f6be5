// Lists the resolvers of a domain in `__generated__/resolvers.ts`, and refuses files that do not lie where the schema
// says: `modules/<module>/resolvers/<Query|Mutation|Subscription>/<field>.ts` resolves a root field of the module's own
// `schema.graphql`, `modules/<module>/resolvers/<Type>.ts` the fields of a type. Each exports one constant of its name.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { Kind, parse } from 'graphql';

const ROOTS = ['Query', 'Mutation', 'Subscription'];
/** Types of this ending have the resolvers that all connections have, unless there is a file. */
const PAGE = 'Connection';
const RESOLVED = new Set([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.OBJECT_TYPE_EXTENSION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
]);

const namesIn = (folder) => (existsSync(folder) ? readdirSync(folder).sort() : []);
const filesBelow = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
        .sort()
    : [];

/** What a module's schema asks for: its root fields as `Query.agents`, and the types that have fields of their own. */
function wantedOf(module) {
  const file = join(module, 'schema.graphql');
  const { definitions } = existsSync(file) ? parse(readFileSync(file, 'utf8')) : { definitions: [] };
  const objects = definitions.filter(({ kind }) => RESOLVED.has(kind));
  const [roots, types] = [true, false].map((root) => objects.filter(({ name }) => ROOTS.includes(name.value) === root));
  return {
    fields: roots.flatMap(({ name, fields = [] }) => fields.map((field) => `${name.value}.${field.name.value}`)),
    types: types.map(({ name }) => name.value),
  };
}

/** The names of what one module resolves, with their files; what is wrong with it. */
function moduleOf(module) {
  const folder = join(module, 'resolvers');
  const { fields, types } = wantedOf(module);
  const known = new Set([...fields, ...types]);
  const found = new Map();
  const problems = [];
  for (const file of filesBelow(folder)) {
    const name = relative(folder, file).replace(/\.ts$/, '').split(sep).join('.');
    if (known.has(name)) found.set(name, file);
    else problems.push([file, `resolves nothing: schema.graphql of this module has no ${name}`]);
  }
  for (const [name, file] of found) {
    const local = basename(file, '.ts');
    const exported = [...readFileSync(file, 'utf8').matchAll(/^export (?!type|interface)(.*)/gm)].map(
      ([, rest]) => rest,
    );
    const single = exported.length === 1 && new RegExp(`^const ${local}\\b`).test(exported[0]);
    if (!single) problems.push([file, `must export \`const ${local}\` and no other value, as it resolves ${name}`]);
  }
  for (const field of fields.filter((name) => !found.has(name))) {
    problems.push([join(folder, `${field.replace('.', sep)}.ts`), `is not there: ${field} has no resolver`]);
  }
  const pages = types.filter((type) => type.endsWith(PAGE) && !found.has(type));
  return { found, pages, problems };
}

/** `Query.agents` is imported as `Query_agents`: a type may have the name of a field. */
const localName = (name) => name.replace('.', '_');

function importOf([name, file], folder) {
  const exported = basename(file, '.ts');
  const local = localName(name);
  const path = relative(folder, file).split(sep).join('/');
  return `import { ${exported === local ? local : `${exported} as ${local}`} } from '${path}';`;
}

/** Writes the list of a domain's resolvers; returns what is wrong, each with the file it is about. */
function listResolvers(source) {
  const modules = namesIn(join(source, 'modules')).map((name) => moduleOf(join(source, 'modules', name)));
  const folder = join(source, '__generated__');
  const list = modules.flatMap(({ found }) => [...found]);
  const pages = modules.flatMap((module) => module.pages);
  const roots = ROOTS.flatMap((root) => {
    const names = list.map(([name]) => name).filter((name) => name.startsWith(`${root}.`));
    const lines = names.map((name) => `    ${name.slice(root.length + 1)}: ${localName(name)},`);
    return lines.length > 0 ? [`  ${root}: {`, ...lines, '  },'] : [];
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'resolvers.ts'),
    [
      ...(pages.length > 0 ? ["import { connectionResolvers } from '@flowmesh/platform/connections';"] : []),
      "import type { Resolvers } from './graphql.ts';",
      ...list.map((entry) => importOf(entry, folder)),
      '',
      '/** Everything the schema can be asked for; written by `npm run generate` from the files below `resolvers/`. */',
      'export const resolvers = {',
      ...roots,
      ...list.flatMap(([name]) => (name.includes('.') ? [] : [`  ${name},`])),
      ...pages.map((type) => `  ${type}: connectionResolvers,`),
      '} satisfies Resolvers;',
      '',
    ].join('\n'),
  );
  return modules.flatMap(({ problems }) => problems);
}

/** Lists the resolvers of all these domains; throws with everything that is wrong, one file a line. */
export function listAllResolvers(root, sources) {
  const problems = sources.flatMap((source) => listResolvers(join(root, source)));
  if (problems.length === 0) return;
  throw new Error(problems.map(([file, problem]) => `${relative(root, file)} ${problem}`).join('\n'));
}
