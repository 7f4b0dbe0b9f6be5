import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Folder with `<domain>/migrations`: in the bundle below dist, else in the source tree. */
export function findMigrations(): string {
  const bundled = fileURLToPath(new URL('../prisma', import.meta.url));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('../../prisma', import.meta.url));
}
