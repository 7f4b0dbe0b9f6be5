import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the embedded cluster of a data folder lives: elsewhere for root. */
export function clusterHome(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, 'postgres/location'), 'utf8').trim();
  } catch {
    return join(dataDir, 'postgres');
  }
}
