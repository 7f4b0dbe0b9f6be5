import { newWebhookSecret, webhookSecretProblem } from '@flowmesh/platform/http';
import type { CheckSettings } from './provider-settings.ts';

export interface WebhookSettingsInput {
  readonly signingSecret?: string | null;
}

/** How long a secret that was replaced goes on signing beside the new one. */
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

/** What signs calls to receivers without an endpoint of their own. */
export const checkWebhook: CheckSettings<WebhookSettingsInput> = ({ signingSecret }, previous) => {
  const before =
    previous && 'signingSecret' in previous.secrets ? (previous.secrets as unknown as SigningSecrets) : null;
  const message = signingSecret == null ? null : webhookSecretProblem(signingSecret);
  const secrets = replaceSecret(
    before,
    signingSecret ?? before?.signingSecret ?? newWebhookSecret(),
    SECRET_OVERLAP_MS,
  );
  return {
    problems: message ? [{ path: 'webhook.signingSecret', message }] : [],
    config: {},
    secrets: { ...secrets },
  };
};
