import { headerProblem, webhookSecretProblem, type AddressRules } from '@flowmesh/platform/http';
import { keptSecret, type KeptSecret } from '@flowmesh/platform/secrets';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { CheckConfiguration } from './kind-configuration.ts';

export interface HttpConfigurationInput {
  readonly url: string;
  readonly headers?: Record<string, unknown> | null;
  readonly signingSecret?: string | null;
  readonly healthUrl?: string | null;
}

/** Placeholder for the value of a header; given as the value in an update, it keeps the stored one. */
export const HIDDEN = '•••';

const MAX_HEADERS = 20;
function urlProblems(rules: AddressRules, path: string, url: string | null | undefined): InvalidField[] {
  if (url === null || url === undefined) return [];
  const message = url.length > 2_000 ? 'must have at most 2,000 characters' : rules.problemOf(url);
  return message ? [{ path, message }] : [];
}

interface CheckedHeaders {
  readonly headers: Record<string, unknown>;
  readonly problems: InvalidField[];
}

/** Headers in lower case; a value that is left out, or given as it is shown, is the one from before. */
function checkHeaders(
  given: Record<string, unknown> | null | undefined,
  before: Readonly<Record<string, unknown>>,
  keep: (before: unknown) => KeptSecret,
): CheckedHeaders {
  const wanted = Object.entries(
    given === undefined ? Object.fromEntries(Object.keys(before).map(hide)) : (given ?? {}),
  );
  const problems: InvalidField[] = [];
  if (wanted.length > MAX_HEADERS) problems.push({ path: 'http.headers', message: `must be at most ${MAX_HEADERS}` });
  const headers = wanted.map(([name, value]): [string, unknown] => {
    const kept = value === HIDDEN ? keep(before[name.toLowerCase()]) : { value, problem: null };
    const message = kept.problem ?? headerProblem(name, kept.value);
    if (message) problems.push({ path: `http.headers.${name}`, message });
    return [name.toLowerCase(), kept.value];
  });
  return { headers: Object.fromEntries(headers), problems };
}

const hide = (name: string): [string, string] => [name, HIDDEN];

export const createHttpCheck =
  (rules: AddressRules): CheckConfiguration<HttpConfigurationInput> =>
  (input, previous) => {
    const known = (previous?.secrets ?? {}) as { headers?: Record<string, unknown>; signingSecret?: string };
    const destinations = { from: previous && [String(previous.configuration['url'])], to: [input.url] };
    const { headers, problems } = checkHeaders(input.headers, known.headers ?? {}, (before) =>
      keptSecret({ given: undefined, before, ...destinations }),
    );
    const signing = keptSecret({ given: input.signingSecret, before: known.signingSecret, ...destinations });
    const wrongSecret = signing.problem ?? (signing.value === undefined ? null : webhookSecretProblem(signing.value));
    return {
      problems: [
        ...urlProblems(rules, 'http.url', input.url),
        ...urlProblems(rules, 'http.healthUrl', input.healthUrl),
        ...problems,
        ...(wrongSecret ? [{ path: 'http.signingSecret', message: wrongSecret }] : []),
      ],
      configuration: {
        url: input.url,
        healthUrl: input.healthUrl ?? null,
        headerNames: Object.keys(headers),
        signingSecretSet: signing.value !== undefined,
      },
      secrets: { headers, ...(signing.value === undefined ? {} : { signingSecret: signing.value }) },
    };
  };
