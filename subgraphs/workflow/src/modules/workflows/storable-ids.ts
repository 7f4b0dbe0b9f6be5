import { textProblem } from '@flowmesh/platform/validation';

/** Ids that can be asked for; no object has one that cannot be stored. */
export const storableIds = (ids: readonly string[]): string[] => ids.filter((id) => textProblem(id) === null);
