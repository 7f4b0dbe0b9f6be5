import { runInSandbox, SandboxError, type Requester } from '../sandbox/index.ts';
import { turn } from '../turns/index.ts';
import { invalidInput, type InvalidInputFailure } from '../validation/index.ts';
import { visitPlaces, type Place } from './places.ts';
import { isSecretField, NAMES_IN_TEXT } from './secret-names.ts';

/** A secret in JSON data. */
export interface FoundSecret {
  /** Like `config.keys[2]`; that of the key's object where a key of an object is a secret. */
  readonly path: string;
  /** What it looks like: one of the kinds in `token-rules.mjs`, e.g. `GITHUB_TOKEN`. */
  readonly kind: string;
  /** It is a key of an object, and still there in the masked data. */
  readonly inKey: boolean;
}

export interface SearchedData<T> {
  readonly found: readonly FoundSecret[];
  /** A copy of the data (the data itself when nothing was found) with `•••` for each secret, also where it was a number. */
  readonly masked: T;
}

/** Findings in one text do not overlap, and come in their order. */
interface Finding {
  readonly text: number;
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

const TIMEOUT_MS = 5_000;
const MASK = '•••';
/** No secret that is looked for in a text is shorter. */
const SHORTEST = 8;
const MOST_FOUND = 1_000;

/**
 * Looks for secrets in JSON data by their form (`token-rules.mjs`) and their names (`secret-names.ts`); what has neither is
 * not found. Done in the sandbox; throws what that throws when it has no place. Data that takes too long to be
 * looked through, or has more than 1,000 secrets, gives an InvalidInputFailure.
 */
export async function findSecrets<T>(
  path: string,
  data: T,
  whom?: Requester,
): Promise<SearchedData<T> | InvalidInputFailure> {
  const { places, named } = suspects(path, data);
  if (places.length === 0) return { found: [], masked: data };
  await turn();
  try {
    const program = { names: NAMES_IN_TEXT, most: MOST_FOUND };
    const input = { texts: places.map(({ text }) => text), named };
    const task = { language: 'secrets', program, input } as const;
    const findings = (await runInSandbox(task, { ...whom, timeoutMs: TIMEOUT_MS })) as Finding[] | null;
    if (findings) return masked(path, data, findings);
    return invalidInput([{ path, message: 'must not hold more than 1,000 secrets' }]);
  } catch (error) {
    if (!(error instanceof SandboxError) || error.reason === 'FAILED') throw error;
    return invalidInput([{ path, message: 'takes too long to be looked through for secrets: give less at once' }]);
  }
}

/** Places that are looked at; `named`: which of them have the name of a secret. */
function suspects(path: string, data: unknown) {
  const places: Place[] = [];
  const named: number[] = [];
  visitPlaces(path, data, (place) => {
    const isNamed = isSecretField(place.name, place.text);
    if (isNamed) named.push(places.length);
    if (isNamed || place.text.length >= SHORTEST) places.push(place);
  });
  return { places, named };
}

/** Most data has no secrets, and need not be copied. */
function masked<T>(path: string, data: T, findings: readonly Finding[]): SearchedData<T> {
  if (findings.length === 0) return { found: [], masked: data };
  const copy = structuredClone(data);
  return { found: mask(suspects(path, copy).places, findings), masked: copy };
}

function mask(places: readonly Place[], findings: readonly Finding[]): FoundSecret[] {
  // From behind, so that what comes before in the same text stays where it is.
  for (const { text: index, start, end } of [...findings].reverse()) {
    const place = places[index];
    if (!place) continue;
    place.text = place.text.slice(0, start) + MASK + place.text.slice(end);
    place.replace?.(place.text);
  }
  return findings.flatMap(({ text, kind }) => {
    const place = places[text];
    return place ? [{ path: place.path, kind, inKey: place.replace === null }] : [];
  });
}
