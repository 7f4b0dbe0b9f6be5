import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of `<name>.mjs`: in the bundle it lies in dist/workers, in the source tree beside the file of `moduleUrl`. */
export function fileOfProcess(name: string, moduleUrl: string): string {
  const places = [`../workers/${name}.mjs`, `./${name}.mjs`];
  const found = places.map((place) => fileURLToPath(new URL(place, moduleUrl))).find(existsSync);
  if (!found) throw new Error(`${name}.mjs is missing`);
  return found;
}
