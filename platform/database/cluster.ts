import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DatabaseStartError, describeError, errorCode } from './errors.ts';
import { exists, giveTo, type ServerLocation } from './location.ts';

const run = promisify(execFile);

export const SUPERUSER = 'flowmesh';
/** Of the PostgreSQL in the npm package; a cluster works with its own major version only. */
const MAJOR_VERSION = '18';
const CONTROL_FILE_BYTES = 8_192;

/**
 * Makes the cluster if there is none and returns the password of its superuser, kept in `passwordFile`. The cluster is
 * made beside its place and moved there when whole, so one that was interrupted is made anew.
 */
export async function prepareCluster(
  location: ServerLocation,
  passwordFile: string,
  onProgress: (message: string) => void,
): Promise<string> {
  if (await exists(location.data)) {
    await checkCluster(location.data);
    return readPassword(passwordFile, location.data);
  }
  onProgress('Creating the database');
  const password = randomBytes(24).toString('base64url');
  const draft = `${location.data}.new`;
  const passwordDraft = `${draft}.password`;
  await rm(draft, { recursive: true, force: true });
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordDraft, `${password}\n`, { mode: 0o600 });
    await giveTo(location.account, draft);
    await giveTo(location.account, passwordDraft);
    await initialise(location, draft, passwordDraft);
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await rename(draft, location.data);
  } finally {
    await rm(passwordDraft, { force: true });
  }
  return password;
}

async function initialise(location: ServerLocation, folder: string, passwordFile: string): Promise<void> {
  const options = [
    `--pgdata=${folder}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same sorting and letter case on every machine, whatever its locales.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ];
  try {
    await run(location.binaries.initdb, options, {
      ...location.account,
      cwd: dirname(folder),
      env: serverEnvironment(),
      timeout: 120_000,
    });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    const reason = /(?:error|FATAL):\s*(.+)/.exec(output)?.[1] ?? describeError(error);
    throw new DatabaseStartError(`The database could not be created in ${folder}: ${reason}.`, { cause: error });
  }
}

/** Servers get none of this process's environment: it may hold secrets, and settings of other PostgreSQL servers. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** Finds the damage that PostgreSQL reports in words that do not help. */
async function checkCluster(data: string): Promise<void> {
  const version = await readFile(join(data, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'EACCES') {
      throw new DatabaseStartError(
        `The database in ${data} belongs to another account: start as that account, or set another DATA_DIR.`,
      );
    }
    return null;
  });
  const control = await stat(join(data, 'global', 'pg_control')).catch(() => null);
  if (version === null || version.trim() === '' || control?.size !== CONTROL_FILE_BYTES) throw damaged(data);
  if (version.trim() !== MAJOR_VERSION) {
    throw new DatabaseStartError(
      `The database in ${data} was made by PostgreSQL ${version.trim()}, this one is ${MAJOR_VERSION}: ` +
        'move the data by pg_dump, or set another DATA_DIR.',
    );
  }
}

async function readPassword(passwordFile: string, data: string): Promise<string> {
  const password = (await readFile(passwordFile, 'utf8').catch(() => '')).trim();
  if (password !== '') return password;
  throw new DatabaseStartError(
    `The password of the database in ${data} is missing (${passwordFile}): ` +
      `restore it from a backup, or remove ${data} to start anew.`,
  );
}

export function damaged(data: string, reason = 'files are missing or cut off'): DatabaseStartError {
  return new DatabaseStartError(
    `The database in ${data} is damaged (${reason}): restore it from a backup, or remove that folder to start anew.`,
  );
}
