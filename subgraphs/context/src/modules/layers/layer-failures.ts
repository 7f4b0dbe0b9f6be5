import { invalidInput, notFound, type InvalidInputFailure } from '@flowmesh/platform/validation';
import type { PatchProblem } from './patch-data.ts';

export const noLayer = () => notFound('There is no such layer, or you may not change it.');

export const patchFailed = ({ step, message }: PatchProblem) => ({
  __typename: 'ContextPatchError' as const,
  code: 'PATCH_FAILED',
  message: `Step ${step} of the patch: ${message}. Nothing was changed.`,
  step,
});

interface Limit {
  readonly message: string;
  /** The field of the input that meets it, where it is not the data. */
  readonly path?: string;
}

const LIMITS: Readonly<Record<string, Limit>> = {
  contexts_layer_count_check: { path: 'contextId', message: 'has 50 layers already, and a context has at most 50' },
  context_layer_versions_data_check: { message: 'numbers in it are too long when they are written in full' },
  contexts_size_check: { message: 'the layers of a context hold at most 100 MB of JSON together' },
};

/** What a limit of the database says to whoever has met it; rethrows what is none. `dataPath`: of the data in the input. */
export function limitFailure(error: unknown, dataPath: string): InvalidInputFailure {
  const { constraint } = error as { constraint?: string };
  const limit = constraint === undefined ? undefined : LIMITS[constraint];
  if (limit === undefined) throw error;
  const { path = dataPath, message } = limit;
  return invalidInput([{ path, message }]);
}
