import { headerProblem, webhookSecretProblem, type AddressRules } from '@flowmesh/platform/http';
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
    const message = headerProblem(name, value);
    return message ? [{ path: `http.headers.${name}`, message }] : [];
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
    const wrongSecret = signingSecret === undefined ? null : webhookSecretProblem(signingSecret);
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
