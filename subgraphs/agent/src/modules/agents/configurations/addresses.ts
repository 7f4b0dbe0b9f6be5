import { headerProblem, type AddressRules } from '@flowmesh/platform/http';
import type { KeptSecret } from '@flowmesh/platform/secrets';
import type { InvalidField } from '@flowmesh/platform/validation';

/** Placeholder for the value of a header; given as the value in an update, it keeps the stored one. */
export const HIDDEN = '•••';

const MAX_HEADERS = 20;

export function urlProblems(rules: AddressRules, path: string, url: string | null | undefined): InvalidField[] {
  if (url === null || url === undefined) return [];
  const message = url.length > 2_000 ? 'must have at most 2,000 characters' : rules.problemOf(url);
  return message ? [{ path, message }] : [];
}

/** Headers as they are given in an input, and as they are stored. */
export interface GivenHeaders {
  /** Of the field with the headers. */
  readonly path: string;
  readonly given: Record<string, unknown> | null | undefined;
  readonly before: Readonly<Record<string, unknown>>;
  /** Whether a value from before may be used again. */
  readonly keep: (before: unknown) => KeptSecret;
}

/** Headers in lower case; a value that is left out, or given as it is shown, is the one from before. */
export function checkHeaders({ path, given, before, keep }: GivenHeaders): {
  readonly headers: Record<string, unknown>;
  readonly problems: InvalidField[];
} {
  const wanted = Object.entries(
    given === undefined ? Object.fromEntries(Object.keys(before).map(hide)) : (given ?? {}),
  );
  const problems: InvalidField[] = [];
  if (wanted.length > MAX_HEADERS) problems.push({ path, message: `must be at most ${MAX_HEADERS}` });
  const headers = wanted.map(([name, value]): [string, unknown] => {
    const kept = value === HIDDEN ? keep(before[name.toLowerCase()]) : { value, problem: null };
    const message = kept.problem ?? headerProblem(name, kept.value);
    if (message) problems.push({ path: `${path}.${name}`, message });
    return [name.toLowerCase(), kept.value];
  });
  return { headers: Object.fromEntries(headers), problems };
}

const hide = (name: string): [string, string] => [name, HIDDEN];

/** Headers without their values. */
export const hiddenHeaders = (names: readonly string[]): Record<string, unknown> => Object.fromEntries(names.map(hide));
