import { invalidInput, type InvalidInputFailure } from '../validation/index.ts';
import { runInSandbox, SandboxError, type Requester } from '../sandbox/index.ts';

/** A secret in JSON data. */
export interface FoundSecret {
  /** Like `config.keys[2]`; that of the key's object where a key of an object is a secret. */
  readonly path: string;
  /** What it looks like, in upper case: `GITHUB_TOKEN`, `PRIVATE_KEY`, `CARD_NUMBER` … */
  readonly kind: string;
  /** It is a key of an object, and still there in the masked data. */
  readonly inKey: boolean;
}

export interface SearchedData<T> {
  readonly found: readonly FoundSecret[];
  /** The same data with `•••` for each secret. */
  readonly masked: T;
}

interface Place {
  readonly path: string;
  text: string;
  /** Puts another text in its place; null for keys, which cannot be replaced. */
  readonly replace: ((text: string) => void) | null;
}

interface Finding {
  readonly text: number;
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

const TIMEOUT_MS = 5_000;
const MASK = '•••';
/** No secret that is looked for is shorter. */
const SHORTEST = 12;

/**
 * Looks for secrets in all texts of JSON data: tokens and keys of well-known services and private keys (secretlint), numbers of
 * payment cards (validator). Done in the sandbox; throws what that throws when it has no place. Data that takes too long
 * to be looked through gives an InvalidInputFailure.
 */
export async function findSecrets<T>(
  path: string,
  data: T,
  whom?: Requester,
): Promise<SearchedData<T> | InvalidInputFailure> {
  const masked = structuredClone(data);
  const places: Place[] = [];
  visitTexts(path, { data: masked }, 'data', (place) => {
    if (place.text.length >= SHORTEST) places.push(place);
  });
  if (places.length === 0) return { found: [], masked };
  try {
    const task = { language: 'secrets', program: {}, input: places.map(({ text }) => text) } as const;
    const findings = (await runInSandbox(task, { ...whom, timeoutMs: TIMEOUT_MS })) as Finding[];
    return { found: mask(places, findings), masked };
  } catch (error) {
    if (!(error instanceof SandboxError) || error.reason === 'FAILED') throw error;
    return invalidInput([{ path, message: 'takes too long to be looked through for secrets: give less at once' }]);
  }
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
    if (!place) return [];
    const { path, replace } = place;
    return { path, kind: kind.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase(), inKey: replace === null };
  });
}

/** Calls `visit` with every text of the data and every key. */
function visitTexts(
  path: string,
  parent: Record<string | number, unknown>,
  key: string | number,
  visit: (place: Place) => void,
) {
  const value = parent[key];
  if (typeof value === 'string') visit({ path, text: value, replace: (text) => void (parent[key] = text) });
  if (typeof value !== 'object' || value === null) return;
  const inner = value as Record<string | number, unknown>;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) visitTexts(`${path}[${index}]`, inner, index, visit);
    return;
  }
  for (const name of Object.keys(inner)) {
    visit({ path, text: name, replace: null });
    visitTexts(`${path}.${name}`, inner, name, visit);
  }
}
