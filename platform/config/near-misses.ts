import { distance } from 'fastest-levenshtein';
import type { Environment } from './environment.ts';

/** Tolerated edit distance: one letter in five, at most two. Short names would match variables of other programs. */
const mayDiffer = (name: string): number => Math.min(2, Math.floor(name.length / 5));

const words = (name: string): string => name.split('_').sort().join('_');

function isNear(given: string, name: string): boolean {
  const capitals = given.toUpperCase();
  if (capitals === name) return true;
  const most = mayDiffer(name);
  if (most === 0) return false;
  return words(capitals) === words(name) || distance(capitals, name) <= most;
}

/**
 * Hints for variables that are not settings but look like one: mistyped, in lower case, or with words in another order.
 * One sentence each, without a full stop, and without the values.
 */
export function nearMisses(environment: Environment, names: readonly string[]): readonly string[] {
  const known = new Set(names);
  return Object.keys(environment)
    .filter((given) => !known.has(given))
    .flatMap((given) => {
      const [nearest] = names
        .filter((name) => isNear(given, name))
        .sort((one, other) => distance(given, one) - distance(given, other));
      return nearest === undefined ? [] : [`${given} is not a setting; ${nearest} may be meant`];
    });
}
