import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, type DocumentNode } from 'graphql';

/**
 * The SDL of a domain with what all subgraphs share: from `dist/schemas` beside a bundle, else from the source tree
 * (development and tests), where it lies below `subgraphs/<domain>/src` unless `folder` says otherwise.
 */
export function loadTypeDefinitions(
  domain: string,
  folder = new URL(`../../subgraphs/${domain}/src`, import.meta.url),
): DocumentNode {
  const bundled = fileURLToPath(new URL(`../schemas/${domain}.graphql`, import.meta.url));
  if (existsSync(bundled)) return parse(readFileSync(bundled, 'utf8'));
  const shared = fileURLToPath(new URL('shared.graphql', import.meta.url));
  const sources = fileURLToPath(folder);
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === 'schema.graphql')
    .sort()
    .map((path) => join(sources, path));
  return parse([shared, ...files].map((file) => readFileSync(file, 'utf8')).join('\n'));
}
