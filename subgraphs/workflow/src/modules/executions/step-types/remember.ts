import { name } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { StepDefinition } from '../engine/definition.ts';

/** Where the result of a step is written in the context of its execution. */
export const rememberShape = z.strictObject({
  /** By its type. */
  layer: name({ min: 1, max: 100 }),
  key: z.string().min(1, 'must not be empty').max(255, 'must have at most 255 characters').optional(),
});

const settings = z.object({ remember: rememberShape.optional() });

/** The layer, and the key in it: by default the id of the step, so that steps at the same time do not conflict. */
export function rememberOf({
  id,
  config,
}: Pick<StepDefinition, 'id' | 'config'>): { readonly layer: string; readonly key: string } | null {
  const { remember } = settings.parse(config);
  return remember ? { layer: remember.layer, key: remember.key ?? id } : null;
}
