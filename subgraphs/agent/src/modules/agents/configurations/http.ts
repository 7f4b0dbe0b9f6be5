import type { AddressRules } from '@flowmesh/platform/http';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { CheckConfiguration } from './kind-configuration.ts';

export interface HttpConfigurationInput {
  readonly url: string;
  readonly headers?: Record<string, unknown> | null;
  readonly signingSecret?: string | null;
  readonly healthUrl?: string | null;
}

/** Shown instead of a header's value; given back, it keeps the value. */
export const HIDDEN = '•••';

const MAX_HEADERS = 20;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/i;
/** Visible characters, spaces and tabs: anything else could end the header early. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,4000}$/;
/** Set by us, or deciding how the message is read. */
const RESERVED =
  /^(host|connection|content-length|content-type|transfer-encoding|upgrade|te|trailer|expect|keep-alive|proxy-.*|idempotency-key|webhook-(id|timestamp|signature))$/i;

function secretProblem(secret: string): string | null {
  if (secret.startsWith('whsec_')) {
    const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64').length;
    const isBase64 = /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret);
    return isBase64 && bytes >= 16 && bytes <= 512 ? null : 'must be `whsec_` and 16 to 512 bytes in base64';
  }
  return secret.length >= 16 && secret.length <= 512 ? null : 'must have 16 to 512 characters';
}

function urlProblems(rules: AddressRules, path: string, url: string | null | undefined): InvalidField[] {
  if (url === null || url === undefined) return [];
  const message = url.length > 2_000 ? 'must have at most 2,000 characters' : rules.problemOf(url);
  return message ? [{ path, message }] : [];
}

/** Takes over the values that were not given again. */
function mergeHeaders(given: Record<string, unknown>, previous: Record<string, unknown>): Record<string, unknown> {
  const merged = Object.entries(given).map(([name, value]) => {
    const name_ = name.toLowerCase();
    return [name_, value === HIDDEN ? previous[name_] : value] as const;
  });
  return Object.fromEntries(merged);
}

function headerProblems(headers: Record<string, unknown>): InvalidField[] {
  const names = Object.keys(headers);
  const tooMany =
    names.length > MAX_HEADERS ? [{ path: 'http.headers', message: `must be at most ${MAX_HEADERS}` }] : [];
  const wrong = Object.entries(headers).flatMap(([name, value]) => {
    const path = `http.headers.${name}`;
    if (!HEADER_NAME.test(name)) return [{ path, message: 'is not a header name' }];
    if (RESERVED.test(name)) return [{ path, message: 'is set by the product' }];
    const isValue = typeof value === 'string' && HEADER_VALUE.test(value);
    return isValue ? [] : [{ path, message: 'must be one line of text, at most 4,000 characters' }];
  });
  return [...tooMany, ...wrong];
}

export const createHttpCheck =
  (rules: AddressRules): CheckConfiguration<HttpConfigurationInput> =>
  (input, previous) => {
    const known = (previous?.secrets ?? {}) as { headers?: Record<string, unknown>; signingSecret?: string };
    const headers =
      input.headers === undefined ? (known.headers ?? {}) : mergeHeaders(input.headers ?? {}, known.headers ?? {});
    const signingSecret = input.signingSecret === undefined ? known.signingSecret : (input.signingSecret ?? undefined);
    const wrongSecret = signingSecret === undefined ? null : secretProblem(signingSecret);
    return {
      problems: [
        ...urlProblems(rules, 'http.url', input.url),
        ...urlProblems(rules, 'http.healthUrl', input.healthUrl),
        ...headerProblems(headers),
        ...(wrongSecret ? [{ path: 'http.signingSecret', message: wrongSecret }] : []),
      ],
      configuration: {
        url: input.url,
        healthUrl: input.healthUrl ?? null,
        headerNames: Object.keys(headers),
        signingSecretSet: signingSecret !== undefined,
      },
      secrets: { headers, ...(signingSecret === undefined ? {} : { signingSecret }) },
    };
  };
