import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandFailure, EXIT } from './failure.ts';

/** Which product to talk to, and as whom. */
export interface Profile {
  readonly url: string;
  readonly token: string;
}

type Profiles = Readonly<Record<string, Profile>>;

/** Beside the settings of other programs; readable by its owner only. */
export const profilesFile = (env: NodeJS.ProcessEnv): string =>
  join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'flowmesh', 'profiles.json');

export async function readProfile(file: string, name: string): Promise<Profile | null> {
  return (await readAll(file))[name] ?? null;
}

/** The file is replaced as a whole: whoever reads it sees it before or after. */
export async function keepProfile(file: string, name: string, profile: Profile): Promise<void> {
  const profiles = { ...(await readAll(file)), [name]: profile };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}`;
  await writeFile(next, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 });
  await rename(next, file);
}

async function readAll(file: string): Promise<Profiles> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new CommandFailure(`${file} cannot be read: ${(error as Error).message}`, EXIT.usage);
  }
  try {
    return JSON.parse(text) as Profiles;
  } catch {
    throw new CommandFailure(`${file} is not JSON: correct or remove it, and sign in again.`, EXIT.usage);
  }
}
