import { randomBytes } from 'node:crypto';

const ATTEMPTS = 5;
/** Leaves room for the suffix: user names have at most 64 characters. */
const BASE_LENGTH = 55;

/** Tries `base`, then `base` with random suffixes, until the name is free; gives up after five. */
export async function withFreeUsername<Outcome extends string>(
  base: string,
  attempt: (username: string) => Promise<Outcome | 'username taken'>,
): Promise<Outcome | 'username taken'> {
  for (let tries = 1; ; tries += 1) {
    const username = tries === 1 ? base : `${base.slice(0, BASE_LENGTH)}-${randomBytes(4).toString('hex')}`;
    const outcome = await attempt(username);
    if (outcome !== 'username taken' || tries === ATTEMPTS) return outcome;
  }
}
