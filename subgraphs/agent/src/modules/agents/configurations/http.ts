import { webhookSecretProblem, type AddressRules } from '@flowmesh/platform/http';
import { keptSecret } from '@flowmesh/platform/secrets';
import { checkHeaders, urlProblems } from './addresses.ts';
import type { CheckConfiguration } from './kind-configuration.ts';

export interface HttpConfigurationInput {
  readonly url: string;
  readonly headers?: Record<string, unknown> | null;
  readonly signingSecret?: string | null;
  readonly healthUrl?: string | null;
}

export const createHttpCheck =
  (rules: AddressRules): CheckConfiguration<HttpConfigurationInput> =>
  (input, previous) => {
    const known = (previous?.secrets ?? {}) as { headers?: Record<string, unknown>; signingSecret?: string };
    const destinations = { from: previous && [String(previous.configuration['url'])], to: [input.url] };
    const { headers, problems } = checkHeaders({
      path: 'http.headers',
      given: input.headers,
      before: known.headers ?? {},
      keep: (before) => keptSecret({ given: undefined, before, ...destinations }),
    });
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
