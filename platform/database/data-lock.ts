import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { DatabaseStartError, errorCode } from './errors.ts';
import { processStart } from './process-identity.ts';

const ownerSchema = z.object({ pid: z.number().int(), start: z.string(), token: z.string() });
type Owner = z.infer<typeof ownerSchema>;

export interface DataLock {
  release(): void;
}

/**
 * Makes this process the only one that uses the folder whose lock is at `path`; `folder` is what messages call it. A
 * lock left by a process that is gone is taken over. Throws `DatabaseStartError` when its owner runs.
 */
export async function lockDataFolder(path: string, folder: string): Promise<DataLock> {
  const own: Owner = { pid: process.pid, start: (await processStart(process.pid)) ?? '', token: randomUUID() };
  const draft = `${path}.${own.token}`;
  await writeFile(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      // A link appears with its whole content and fails when the name is taken.
      if (await linked(draft, path)) return { release: () => rmSync(path, { force: true }) };
      const owner = await readOwner(path);
      if (owner && (await processStart(owner.pid)) === owner.start) {
        throw new DatabaseStartError(
          `The data folder ${folder} is in use by process ${owner.pid}: stop that process or set another DATA_DIR.`,
        );
      }
      await takeAway(path, owner, own.token);
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new DatabaseStartError(`The data folder ${folder} is being started by several processes at once.`);
}

/**
 * Removes a stale lock. Another process may have done so meanwhile and now hold its own lock, so the file is checked
 * again after it was moved aside, and moved back if it is not the stale one.
 */
async function takeAway(path: string, stale: Owner | null, token: string): Promise<void> {
  const aside = `${path}.${token}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  const moved = await readOwner(aside);
  if (moved && moved.token !== stale?.token) await linked(aside, path);
  await rm(aside, { force: true });
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Null when there is no lock, or one that cannot be read as such. */
async function readOwner(path: string): Promise<Owner | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
