import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAccessRules } from '@flowmesh/platform/access';
import { parse } from 'graphql';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const domains = readdirSync(join(ROOT, 'subgraphs'));
const sources = [...domains.map((name) => join(ROOT, 'subgraphs', name, 'src')), join(ROOT, 'gateway/src/system')];

const filesIn = (folder: string, ending: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.includes('__generated__'))
    .map((path) => join(folder, path));

const catalogue = sources
  .flatMap((folder) => filesIn(folder, 'scopes.json'))
  .flatMap((file) => Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object))
  .sort();
const resources = new Set(catalogue.map((scope) => scope.split(':')[0]));

/** Scopes that services ask for: what looks like one, and is of a known resource. */
const inCode = sources
  .flatMap((folder) => filesIn(folder, '.ts'))
  .filter((file) => !file.endsWith('.test.ts') && !file.includes('/testing/'))
  .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/'([a-z-]+):([a-z-]+)'/g)])
  .filter(([, resource]) => resources.has(resource))
  .map(([, resource, action]) => `${resource}:${action}`);

const supergraph = parse(readFileSync(join(ROOT, 'gateway/__generated__/supergraph.graphql'), 'utf8'));
const inRules = [...readAccessRules(supergraph).values()]
  .flat()
  .flatMap((rule) => [...(rule.public ? [] : rule.scopes), ...rule.machineScopes].flat());

test('every scope that rules or services ask for is explained, and every explained one is asked for', () => {
  expect([...new Set([...inCode, ...inRules])].sort()).toEqual(catalogue);
});
