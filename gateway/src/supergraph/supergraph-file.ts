import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The supergraph SDL composed at build time: beside the bundles, or generated in the source tree. */
export function readSupergraphSdl(): string {
  const places = ['../supergraph.graphql', '../../__generated__/supergraph.graphql'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const file = places.find((place) => existsSync(place));
  if (!file) throw new Error('The supergraph has not been composed: run `npm run generate`.');
  return readFileSync(file, 'utf8');
}
