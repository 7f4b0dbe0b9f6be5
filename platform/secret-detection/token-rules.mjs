import isCreditCard from 'validator/lib/isCreditCard.js';
import { hasApiKeyForm } from '../access/api-key-form.mjs';
import { isPlaceholder } from './placeholder.mjs';

/**
 * Kinds of secrets by their form, besides those of service-tokens.mjs. What matches is the secret, or its group `secret`, if
 * `isSecret` agrees. Where two match the same place, the first names it. A pattern looks at each character a bounded
 * number of times: it starts at a fixed prefix or the beginning of a word, and what may be long runs to its end.
 */
export const RULES = [
  {
    kind: 'PRIVATE_KEY',
    pattern:
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^\0]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\0|$)/dg,
  },
  { kind: 'FLOWMESH_API_KEY', pattern: /(?<![0-9A-Za-z])fm_[0-9A-Za-z]{49}(?![0-9A-Za-z])/dg, isSecret: hasApiKeyForm },
  { kind: 'JSON_WEB_TOKEN', pattern: /(?<![\w-])eyJ[\w-]{5,}\.[\w-]+\.[\w-]*/dg, isSecret: isJsonWebToken },
  { kind: 'WEBHOOK_SECRET', pattern: /(?<![0-9A-Za-z])whsec_[\w+/=]{24,}/dg },
  { kind: 'AWS_ACCESS_KEY_ID', pattern: /(?<![0-9A-Za-z])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![0-9A-Za-z])/dg },
  { kind: 'ANTHROPIC_API_KEY', pattern: /(?<![0-9A-Za-z])sk-ant-[\w-]{20,}/dg },
  { kind: 'OPENAI_API_KEY', pattern: /(?<![0-9A-Za-z])sk-(?:proj|svcacct|admin)-[\w-]{20,}/dg },
  { kind: 'STRIPE_KEY', pattern: /(?<![0-9A-Za-z])(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{10,}/dg },
  { kind: 'GOOGLE_API_KEY', pattern: /(?<![0-9A-Za-z])AIza[\w-]{35}(?![\w-])/dg },
  { kind: 'GOOGLE_CLIENT_SECRET', pattern: /(?<![0-9A-Za-z])GOCSPX-[\w-]{28}(?![\w-])/dg },
  {
    kind: 'GITLAB_TOKEN',
    pattern: /(?<![0-9A-Za-z])gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat)-[\w-]{20,}/dg,
  },
  { kind: 'HUGGING_FACE_TOKEN', pattern: /(?<![0-9A-Za-z])hf_[0-9A-Za-z]{34}(?![0-9A-Za-z])/dg },
  { kind: 'TWILIO_API_KEY', pattern: /(?<![0-9A-Za-z])SK[0-9a-f]{32}(?![0-9A-Za-z])/dg },
  {
    kind: 'CONNECTION_PASSWORD',
    pattern: /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:@/]{0,256}:(?<secret>[^\s/]{1,256})@/dgi,
    isSecret: (password) => !isPlaceholder(password),
  },
  {
    kind: 'BEARER_TOKEN',
    pattern: /(?<![0-9A-Za-z])bearer\s{1,3}(?<secret>[\w.~+/-]{12,}=*)/dgi,
    isSecret: (token) => /\d/.test(token),
  },
  {
    kind: 'BASIC_CREDENTIALS',
    pattern: /authorization["']?\s{0,3}[:=]\s{0,3}["']?basic\s{1,3}(?<secret>[\w+/-]{4,}=*)/dgi,
  },
  {
    kind: 'CARD_NUMBER',
    // As people write them: 13 to 19 digits, in groups or not; no part of a UUID or a decimal.
    pattern: /(?<!\w|\d\.|[\dA-Fa-f]-)\d(?:[ -]?\d){12,18}(?!\w|\.\d|-[\dA-Fa-f])/dg,
    isSecret: (digits) => isCreditCard(digits),
  },
];

/** `password=…` and `"api_key": "…"` in a text. Prose has such names, too: only values with letters and digits count. */
export const assignmentRule = (names) => ({
  kind: 'SECRET_FIELD',
  pattern: new RegExp(
    String.raw`(?:${names})["']?\s{0,3}(?:=>|[:=])\s{0,3}["']?(?:token\s{1,3})?(?<secret>[^\s"',;&]{8,})`,
    'dgi',
  ),
  isSecret: (value) => /\d/.test(value) && /[a-z]/i.test(value) && !isPlaceholder(value),
});

function isJsonWebToken(text) {
  try {
    const header = JSON.parse(Buffer.from(text.slice(0, text.indexOf('.')), 'base64url').toString());
    return typeof header.alg === 'string';
  } catch {
    return false;
  }
}
