import type { AddressRules } from '@flowmesh/platform/http';
import { keptSecret } from '@flowmesh/platform/secrets';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { Configured, Settings } from './kind-configuration.ts';
import { count, destinationOf, key, modelProblems, modelSettings, type ModelInput } from './llm-checks.ts';

export const MAX_FALLBACKS = 4;

/** The models that are asked when the one before does not answer. A key that is left out is that of before for the same address. */
export function checkFallbacks(given: readonly ModelInput[], previous: Configured | null, rules: AddressRules) {
  const before = (previous?.configuration['fallbacks'] ?? []) as readonly Settings[];
  const keysBefore = (previous?.secrets['fallbackKeys'] ?? []) as readonly (string | null)[];
  const problems: InvalidField[] = [...count('llm.fallbacks', given, 0, MAX_FALLBACKS)];
  const models = given.slice(0, MAX_FALLBACKS).map((input, at) => {
    const path = `llm.fallbacks[${at}]`;
    const to = destinationOf({ provider: input.provider ?? 'OPENAI_COMPATIBLE', baseUrl: input.baseUrl ?? null });
    const same = before.findIndex((model) => JSON.stringify(destinationOf(model)) === JSON.stringify(to));
    const { value, problem } = keptSecret({
      given: input.apiKey,
      before: keysBefore[same] ?? undefined,
      from: same === -1 ? null : to,
      to,
    });
    problems.push(...modelProblems(path, input, rules), ...key(`${path}.apiKey`, value));
    if (problem !== null) problems.push({ path: `${path}.apiKey`, message: problem });
    return { settings: modelSettings(input, value), apiKey: value ?? null };
  });
  return {
    problems,
    fallbacks: models.map(({ settings }) => settings),
    fallbackKeys: models.map(({ apiKey }) => apiKey),
  };
}
