/** Default time for which calls are also signed with the previous secret. */
export const SECRET_OVERLAP_MS = 24 * 60 * 60 * 1000;

/** Secrets of a signer: the current one and, for a limited time, the previous one. */
export interface SigningSecrets {
  readonly signingSecret: string;
  readonly previousSecret?: string;
  /** ISO 8601. */
  readonly previousUntil?: string;
}

/** Rotates the secret; calls are also signed with the previous one for a while. */
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

/** Secrets that sign now, the current one first. */
export function secretsInUse(
  { signingSecret, previousSecret, previousUntil }: SigningSecrets,
  now = new Date(),
): string[] {
  const stillSigns = previousSecret !== undefined && previousUntil !== undefined && new Date(previousUntil) > now;
  return stillSigns ? [signingSecret, previousSecret] : [signingSecret];
}
