import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, type DocumentNode } from 'graphql';

/**
 * The SDL of a domain with what all subgraphs share: from `dist/schemas` beside a bundle, else from the source tree
 * (development and tests).
 */
export function loadTypeDefinitions(domain: string): DocumentNode {
  const bundled = fileURLToPath(new URL(`../schemas/${domain}.graphql`, import.meta.url));
  if (existsSync(bundled)) return parse(readFileSync(bundled, 'utf8'));
  const shared = fileURLToPath(new URL('shared.graphql', import.meta.url));
  const sources = fileURLToPath(new URL(`../../subgraphs/${domain}/src`, import.meta.url));
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === 'schema.graphql')
    .sort()
    .map((path) => join(sources, path));
  return parse([shared, ...files].map((file) => readFileSync(file, 'utf8')).join('\n'));
}
