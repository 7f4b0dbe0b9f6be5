import { invalidInput, notFound, type InvalidInputFailure } from '@flowmesh/platform/validation';
import type { PatchProblem } from './patch-data.ts';

export const noLayer = () => notFound('There is no such layer, or you may not change it.');

export const patchFailed = ({ step, message }: PatchProblem) => ({
  __typename: 'ContextPatchError' as const,
  code: 'PATCH_FAILED',
  message: `Step ${step} of the patch: ${message}. Nothing was changed.`,
  step,
});

const LIMITS: Readonly<Record<string, string>> = {
  contexts_layer_count_check: 'a context has at most 50 layers',
  context_layer_versions_data_check: 'numbers in it are too long when they are written in full',
  contexts_size_check: 'the layers of a context hold at most 100 MB of JSON together',
};

/** What a limit of the database says to whoever has met it; rethrows what is none. */
export function limitFailure(error: unknown, path: string): InvalidInputFailure {
  const { constraint } = error as { constraint?: string };
  const message = constraint === undefined ? undefined : LIMITS[constraint];
  if (message === undefined) throw error;
  return invalidInput([{ path, message }]);
}
