import { badInput } from '@flowmesh/platform/errors';
import { textProblem } from '@flowmesh/platform/validation';

/** Ids that can be asked for; no object has one that cannot be stored. */
export const storableIds = (ids: readonly string[]): string[] => ids.filter((id) => textProblem(id) === null);

/** Throws BAD_USER_INPUT for a filter with text that cannot be stored, and so cannot be found. */
export function checkFilter(filter: Readonly<Record<string, unknown>> | null | undefined): void {
  for (const [name, value] of Object.entries(filter ?? {})) {
    for (const text of [value].flat()) {
      const problem = typeof text === 'string' ? textProblem(text) : null;
      if (problem) throw badInput(`filter.${name}`, problem);
    }
  }
}
