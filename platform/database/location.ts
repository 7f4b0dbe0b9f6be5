import { createHash } from 'node:crypto';
import { access, chown, lstat, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import type { Logger } from '../logging/index.ts';
import { runsAsRoot, unprivilegedAccount, type ServerAccount } from './account.ts';
import { binariesIn, copyForOthers, findNativePackage, isOpenToOthers, type PostgresBinaries } from './binaries.ts';
import { DatabaseStartError } from './errors.ts';

/** Where an embedded server has its files and which account runs it. */
export interface ServerLocation {
  /** The cluster; its parent is ours. */
  readonly data: string;
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount | null;
}

/** Where the server's files go when the unprivileged account cannot reach those of root, best first. */
const SHARED_FOLDERS = ['/var/lib/flowmesh', '/var/tmp/flowmesh'];

/**
 * Decides where the server of the folder `control` (`<DATA_DIR>/postgres`) lives. Normally in that folder. For root
 * the server runs as another account: if that cannot reach the folder (root's home is closed to it), the cluster lives
 * under /var/lib/flowmesh or /var/tmp/flowmesh, and the file `location` in the folder says where.
 */
export async function locateServer(control: string, logger: Logger): Promise<ServerLocation> {
  const native = await findNativePackage();
  if (!runsAsRoot()) return { data: join(control, 'data'), binaries: binariesIn(native.folder), account: null };

  const folder = (await isOpenToOthers(native.folder))
    ? native.folder
    : await copyForOthers(native, await sharedFolder(control));
  const home = await homeForRoot(control, logger);
  const data = join(home, 'data');
  const account = (await ownerOf(data)) ?? (await unprivilegedAccount());
  return { data, binaries: binariesIn(folder), account };
}

async function homeForRoot(control: string, logger: Logger): Promise<string> {
  const pointer = join(control, 'location');
  const known = (await readFile(pointer, 'utf8').catch(() => '')).trim();
  if (known !== '') {
    if (await exists(known)) return known;
    throw new DatabaseStartError(
      `The database of ${control} was kept in ${known}, which is gone: restore it, or remove ${control} to start anew.`,
    );
  }
  const isOpen = await isOpenToOthers(control);
  if (!isOpen && (await exists(join(control, 'data')))) {
    throw new DatabaseStartError(
      `PostgreSQL does not run as root, and ${control} or a folder above it is closed to other accounts now: ` +
        'allow them to pass (chmod o+x), or start as the owner of its folder data.',
    );
  }
  if (isOpen) return control;

  const shared = await sharedFolder(control);
  await removeAbandoned(shared);
  const home = join(shared, createHash('sha256').update(control).digest('hex').slice(0, 16));
  if (await exists(home)) {
    // The data directory was emptied and with it the password. Its owner may not have meant to lose the database.
    const previous = `${home}.previous`;
    // A server that a killed process left there ends when it misses this file.
    await rm(join(home, 'data', 'postmaster.pid'), { force: true });
    await rm(previous, { recursive: true, force: true });
    await rename(home, previous);
    logger.warn({ folder: previous }, 'a database of an earlier DATA_DIR of this name was put aside');
  }
  await mkdir(home, { mode: 0o755 });
  await writeFile(join(home, 'owner'), `${control}\n`, { mode: 0o600 });
  await writeFile(pointer, `${home}\n`, { mode: 0o600 });
  return home;
}

/**
 * Removes clusters whose DATA_DIR was in the temporary folder and no longer exists, as those of tests. Other clusters are
 * kept, because their DATA_DIR may be on a disk that is not mounted at the moment.
 */
async function removeAbandoned(shared: string): Promise<void> {
  const temporary = resolve(tmpdir()) + sep;
  for (const name of await readdir(shared)) {
    const home = join(shared, name);
    const owner = (await readFile(join(home, 'owner'), 'utf8').catch(() => '')).trim();
    if (!owner.startsWith(temporary) || (await exists(owner))) continue;
    if (await exists(join(home, 'data', 'postmaster.pid'))) continue;
    await rm(home, { recursive: true, force: true });
  }
}

async function sharedFolder(control: string): Promise<string> {
  for (const folder of SHARED_FOLDERS) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      // In a folder where everybody may create files, somebody else may have been first.
      const { uid } = await lstat(folder);
      await access(folder, 2);
      if (uid === 0 && (await isOpenToOthers(folder))) return folder;
    } catch {
      continue;
    }
  }
  throw new DatabaseStartError(
    `PostgreSQL does not run as root and no other account can reach ${control}: ` +
      `make ${SHARED_FOLDERS.join(' or ')} writable, start as an ordinary user, or set DATABASE_URL.`,
  );
}

/** A cluster may be run only by the account that owns it. */
async function ownerOf(data: string): Promise<ServerAccount | null> {
  const owner = await stat(data).catch(() => null);
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : null;
}

/** Gives a file or folder to the account that runs the server. */
export async function giveTo(account: ServerAccount | null, path: string): Promise<void> {
  if (account) await chown(path, account.uid, account.gid);
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
