import type { AddressRules } from '@flowmesh/platform/http';
import { keptSecret } from '@flowmesh/platform/secrets';
import { checkHeaders, urlProblems } from './addresses.ts';
import type { CheckConfiguration } from './kind-configuration.ts';

export interface A2aConfigurationInput {
  readonly cardUrl: string;
  readonly headers?: Record<string, unknown> | null;
}

export const createA2aCheck =
  (rules: AddressRules): CheckConfiguration<A2aConfigurationInput> =>
  (input, previous) => {
    const known = (previous?.secrets ?? {}) as { headers?: Record<string, unknown> };
    const from = previous && [String(previous.configuration['cardUrl'])];
    const { headers, problems } = checkHeaders({
      path: 'a2a.headers',
      given: input.headers,
      before: known.headers ?? {},
      keep: (before) => keptSecret({ given: undefined, before, from, to: [input.cardUrl] }),
    });
    const headerNames = Object.keys(headers);
    return {
      problems: [...urlProblems(rules, 'a2a.cardUrl', input.cardUrl), ...problems],
      configuration: { cardUrl: input.cardUrl, headerNames },
      secrets: headerNames.length > 0 ? { headers } : {},
    };
  };
