import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const IGNORED = new Set(['node_modules', '__generated__', 'dist', '.data', '.git']);

/**
 * A value that changes when a file under one of the paths is modified, added or removed. Reads only sizes and times, which
 * takes a few milliseconds for the whole repository.
 */
export function fingerprint(root, paths) {
  const hash = createHash('sha256');
  const visit = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    const stat = statSync(full);
    if (!stat.isDirectory()) {
      hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\0`);
      return;
    }
    for (const name of readdirSync(full).sort()) {
      if (!IGNORED.has(name) && !name.endsWith('.test.ts')) visit(`${path}/${name}`);
    }
  };
  for (const path of paths) visit(path);
  return hash.digest('hex');
}
