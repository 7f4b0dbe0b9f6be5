import { z } from 'zod';

const NAMES = new Map(Intl.supportedValuesOf('timeZone').map((name) => [name.toLowerCase(), name]));
export const NO_TIME_ZONE = 'must be an IANA time zone, e.g. Europe/Amsterdam';
const MAX_CHARACTERS = 64;

/**
 * An IANA time zone as its name is written, e.g. `Europe/Amsterdam` for `europe/amsterdam`; null for what is none. Offsets
 * such as `+02:00` are no zones: they know nothing of summer time.
 */
export function canonicalTimeZone(text: string): string | null {
  const known = NAMES.get(text.toLowerCase());
  if (known !== undefined) return known;
  const resolved = /^[A-Za-z]/.test(text) && text.length <= MAX_CHARACTERS ? resolve(text) : null;
  // The runtime calls zones by the first of their names; a place that was renamed keeps the name it was given.
  return resolved !== null && isPlace(text) ? capitalised(text) : resolved;
}

/** The same in the shape of an input. */
export const timeZone = () =>
  z
    .string()
    .trim()
    .transform((text, context) => {
      const zone = canonicalTimeZone(text);
      if (zone === null) context.issues.push({ code: 'custom', input: undefined, message: NO_TIME_ZONE });
      return zone ?? text;
    });

function resolve(zone: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

const CONTINENTS = new Set([...NAMES.keys()].map((name) => name.split('/')[0] ?? ''));

/** A continent and a place of plain words, e.g. `asia/kolkata`, but not `us/eastern`. */
function isPlace(text: string): boolean {
  const [continent = '', ...places] = text.toLowerCase().split('/');
  return CONTINENTS.has(continent) && places.length > 0 && places.every((place) => /^[a-z]+(?:_[a-z]+)*$/.test(place));
}

const capitalised = (text: string): string =>
  text.toLowerCase().replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
