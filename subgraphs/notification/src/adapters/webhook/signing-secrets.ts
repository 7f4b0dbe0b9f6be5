/** How long a secret that was replaced goes on signing beside the new one, unless somebody says otherwise. */
export const SECRET_OVERLAP_MS = 24 * 60 * 60 * 1000;

/** Secrets of a signer: the one in use and, until a moment, the one before. */
export interface SigningSecrets {
  readonly signingSecret: string;
  readonly previousSecret?: string;
  /** ISO 8601. */
  readonly previousUntil?: string;
}

/** Puts another secret in the place of the one in use, which goes on signing for a while. */
export function replaceSecret(
  before: SigningSecrets | null,
  signingSecret: string,
  overlapMs: number,
  now = new Date(),
): SigningSecrets {
  if (before === null || before.signingSecret === signingSecret) return { ...before, signingSecret };
  if (overlapMs === 0) return { signingSecret };
  const previousUntil = new Date(now.getTime() + overlapMs).toISOString();
  return { signingSecret, previousSecret: before.signingSecret, previousUntil };
}

/** Those that sign now, the one in use first. */
export function secretsInUse(
  { signingSecret, previousSecret, previousUntil }: SigningSecrets,
  now = new Date(),
): string[] {
  const stillSigns = previousSecret !== undefined && previousUntil !== undefined && new Date(previousUntil) > now;
  return stillSigns ? [signingSecret, previousSecret] : [signingSecret];
}
