import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { Kind, parse } from 'graphql';
import { readAccessRules } from '../../platform/access/access-rules.ts';

const ROOT_TYPES = ['Query', 'Mutation', 'Subscription'];

/** The composed graph, and on which page of the reference each of its parts stands: one page for each module. */
export function readGraph(root) {
  const supergraph = parse(readFileSync(join(root, 'gateway/__generated__/supergraph.graphql'), 'utf8'));
  const types = new Map(
    supergraph.definitions
      .filter(({ kind, name }) => kind.endsWith('TypeDefinition') && !name.value.includes('__'))
      .map((type) => [type.name.value, type]),
  );
  const pages = modulesOf(root);
  placeEverything(pages, types);
  return { types, rules: readAccessRules(supergraph), pages, directives: supergraph.definitions };
}

/** `{ path, title, folder, types, roots }` of each module that has an SDL. */
function modulesOf(root) {
  const domains = readdirSync(join(root, 'subgraphs')).map((name) => ({
    name,
    folder: join(root, 'subgraphs', name, 'src'),
  }));
  const system = { name: 'gateway', folder: join(root, 'gateway/src/system') };
  const modules = [...domains, system].flatMap(({ name, folder }) =>
    readdirSync(folder, { recursive: true })
      .filter((path) => basename(path) === 'schema.graphql')
      .map((path) => ({ domain: name, file: join(folder, path), module: moduleName(name, path) })),
  );
  const shared = { domain: 'shared', file: join(root, 'platform/graphql/shared.graphql'), module: 'shared' };
  return [...modules, shared]
    .map(({ domain, file, module }) => ({
      domain,
      title: titleOf(module),
      path: domain === 'shared' ? 'shared.md' : `${domain}/${module}.md`,
      source: relative(root, file),
      document: parse(readFileSync(file, 'utf8'), { noLocation: true }),
      types: [],
      roots: [],
    }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

const moduleName = (domain, path) => {
  const folder = basename(dirname(path));
  return folder === '.' ? 'services' : folder;
};

const titleOf = (module) => {
  const words = { mfa: 'Second factor', auth0: 'Auth0', 'api-keys': 'API keys', shared: 'Shared types' }[module];
  return words ?? `${module[0].toUpperCase()}${module.slice(1).replaceAll('-', ' ')}`;
};

const isStub = ({ directives = [] }) =>
  directives.some(
    ({ name, arguments: args = [] }) =>
      name.value === 'key' && args.some((argument) => argument.name.value === 'resolvable'),
  );

/** A type stands where most of its fields are defined; a root field where it is. */
function placeEverything(pages, types) {
  const places = new Map();
  for (const page of pages) {
    for (const definition of page.document.definitions) {
      const name = definition.name?.value;
      if (ROOT_TYPES.includes(name)) {
        page.roots.push(...definition.fields.map((field) => ({ type: name, name: field.name.value })));
      } else if (types.has(name) && definition.kind.endsWith('TypeDefinition') && !isStub(definition)) {
        const weight = definition.fields?.length ?? 0;
        if (weight >= (places.get(name)?.weight ?? 0)) places.set(name, { page, weight });
      }
    }
  }
  for (const [name, { page }] of places) page.types.push(types.get(name));
}

/** The field of a root type as the whole graph has it. */
export const rootField = ({ types }, { type, name }) =>
  types.get(type).fields.find((field) => field.name.value === name);

export const namedType = (type) => (type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type));
