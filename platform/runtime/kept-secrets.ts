import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolderProblem, type PlatformConfig } from '../config/index.ts';
import { StartError } from '../errors/index.ts';

/** The configuration with every secret filled in. */
export type CompleteConfig = PlatformConfig & { readonly internalSecret: string; readonly encryptionKey: string };

/**
 * Fills in the secrets that are not given: made once, and kept readable by this account only under `<dataDir>/secrets`.
 * For the product in one process; several processes must be given the same.
 */
export async function withKeptSecrets(config: PlatformConfig): Promise<CompleteConfig> {
  const { dataDir } = config;
  return {
    ...config,
    internalSecret: config.internalSecret ?? (await keptSecret(dataDir, 'internal-secret')),
    encryptionKey: config.encryptionKey ?? (await keptSecret(dataDir, 'encryption-key')),
  };
}

async function keptSecret(dataDir: string, name: string): Promise<string> {
  const folder = join(dataDir, 'secrets');
  const file = join(folder, name);
  try {
    const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (known === null) return await makeSecret(folder, file);
    if (/^[A-Za-z0-9+/]{43}=\n$/.test(known)) return known.trim();
  } catch (error) {
    throw new StartError(dataFolderProblem(dataDir, error), { cause: error });
  }
  throw new StartError(
    `${file} is damaged: restore it from a backup; what was encrypted with it cannot be read without.`,
  );
}

async function makeSecret(folder: string, file: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, randomUUID());
  await writeFile(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    // A link appears whole, and never replaces one that another process has made meanwhile.
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readFile(file, 'utf8')).trim();
}
