import { lintSource } from '@secretlint/core';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';

/** Message of secretlint → kind of secret. */
const KINDS = {
  ANTHROPIC_API_KEY: 'ANTHROPIC_API_KEY',
  GITHUB_TOKEN: 'GITHUB_TOKEN',
  IncomingWebhook: 'SLACK_WEBHOOK',
  LINEAR_API_TOKEN: 'LINEAR_API_TOKEN',
  NPM_ACCESS_TOKEN: 'NPM_TOKEN',
  Npmrc_authToken: 'NPM_TOKEN',
  OPENAI_TOKEN: 'OPENAI_API_KEY',
  OPS_TOKEN: 'ONE_PASSWORD_TOKEN',
  PackageJSON_xOauthToken: 'GITHUB_TOKEN',
  SENDGRID_KEY: 'SENDGRID_API_KEY',
  SHOPIFY_KEY: 'SHOPIFY_KEY',
  SLACK_TOKEN: 'SLACK_TOKEN',
};

/**
 * Not of secretlint: `filter-comments`, by which data could switch the search off (`secretlint-disable`); `gcp` and the
 * account ids of `aws`, which need files; and those that token-rules.mjs has without their gaps: `aws` gives the place of the
 * name with the length of the secret, `basicauth` and connection strings pass short passwords and `localhost`, `privatekey`
 * passes encrypted and cut keys.
 */
const LEFT_OUT = /-(?:filter-comments|gcp|aws|basicauth|database-connection-string|privatekey)$/;
const kept = rules.filter(({ meta }) => !LEFT_OUT.test(meta.id));
const OPTIONS = { config: { rules: kept.map((rule) => ({ id: rule.meta.id, rule })) } };

/** Tokens of well-known services: `[{start, end, kind}]`. */
export async function serviceTokens(content) {
  const source = { filePath: 'data.txt', content, ext: '.txt', contentType: 'text' };
  const { messages } = await lintSource({ source, options: OPTIONS });
  return messages.map(({ range: [start, end], messageId }) => ({
    start,
    end,
    kind: KINDS[messageId] ?? 'SERVICE_TOKEN',
  }));
}
