import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The SDL that was composed at build time: in dist beside the bundles, or where the composition writes it. */
export function readSupergraphFile(): string {
  const bundled = fileURLToPath(new URL('../supergraph.graphql', import.meta.url));
  const composed = fileURLToPath(new URL('../../__generated__/supergraph.graphql', import.meta.url));
  return readFileSync(existsSync(bundled) ? bundled : composed, 'utf8');
}
