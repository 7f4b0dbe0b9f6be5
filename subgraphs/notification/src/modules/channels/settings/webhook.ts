import { newWebhookSecret, webhookSecretProblem } from '@flowmesh/platform/http';
import { replaceSecret, SECRET_OVERLAP_MS, type SigningSecrets } from '../../../adapters/webhook/signing-secrets.ts';
import type { CheckSettings } from './provider-settings.ts';

export interface WebhookSettingsInput {
  readonly signingSecret?: string | null;
}

/** What signs calls to receivers without an endpoint of their own. */
export const checkWebhook: CheckSettings<WebhookSettingsInput> = ({ signingSecret }, previous) => {
  const known = previous !== null && 'signingSecret' in previous.secrets;
  const before = known ? (previous.secrets as unknown as SigningSecrets) : null;
  const message = signingSecret == null ? null : webhookSecretProblem(signingSecret);
  const next = signingSecret ?? before?.signingSecret ?? newWebhookSecret();
  return {
    problems: message ? [{ path: 'webhook.signingSecret', message }] : [],
    config: {},
    secrets: { ...replaceSecret(before, next, SECRET_OVERLAP_MS) },
  };
};
