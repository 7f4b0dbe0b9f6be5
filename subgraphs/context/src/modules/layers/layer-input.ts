import { jsonObject, jsonValue, name } from '@flowmesh/platform/validation';
import { z } from 'zod';
import {
  expectedVersion,
  expectedVersionOrNone,
  idempotencyKey,
  inTheFuture,
  reason,
} from '../contexts/write-shapes.ts';

export const MAX_LAYER_BYTES = 2_000_000;
/** A request may bring half of it, usually. With more, merging, searching and comparing would take long. */
const MAX_LAYER_VALUES = 100_000;
export const MAX_ORDER = 1_000_000;
const orderRange = 'must be -1,000,000 to 1,000,000';

const order = z.int(orderRange).min(-MAX_ORDER, orderRange).max(MAX_ORDER, orderRange);
export const layerData = jsonObject({ maxBytes: MAX_LAYER_BYTES, maxValues: MAX_LAYER_VALUES });

export const layerShape = {
  layerType: name({ min: 1, max: 100 }),
  data: layerData,
  order: order.nullish(),
  arrays: z.enum(['REPLACE', 'APPEND']).nullish(),
  expiresAt: inTheFuture.nullish(),
};

export const addShape = z.object({ ...layerShape, expectedVersion, reason });

/** A JSON Pointer (RFC 6901). */
export const pointer = z
  .string()
  .max(1_000, 'must have at most 1,000 characters')
  .regex(
    /^(?:\/(?:[^~]|~[01])*)?$/s,
    'must be a JSON Pointer: empty, or `/key/key` with `~0` for `~` and `~1` for `/`',
  );

const step = z
  .object({
    op: z.enum(['ADD', 'REMOVE', 'REPLACE', 'MOVE', 'COPY', 'TEST']),
    path: pointer,
    from: pointer.nullish(),
    value: jsonValue({ maxBytes: MAX_LAYER_BYTES }).optional(),
  })
  .refine(({ op, from }) => (op === 'MOVE' || op === 'COPY') === (from != null), {
    message: 'is for MOVE and COPY, which need it',
    path: ['from'],
  })
  .refine(({ op, value }) => (op !== 'ADD' && op !== 'REPLACE' && op !== 'TEST') || value !== undefined, {
    message: 'must be given for ADD, REPLACE and TEST; it may be null',
    path: ['value'],
  });

export type PatchStep = z.output<typeof step>;

const steps = z.array(step).max(1_000, 'must be at most 1,000 steps');

export const patchShape = z.object({ patch: steps.min(1, 'must have a step'), expectedVersion, reason });

export const updateShape = z
  .object({
    data: layerData.nullish(),
    patch: steps.nullish(),
    mergePatch: layerData.nullish(),
    layerType: layerShape.layerType.nullish(),
    order: order.nullish(),
    arrays: layerShape.arrays,
    expiresAt: layerShape.expiresAt,
    expectedVersion,
    reason,
  })
  .refine(({ data, patch, mergePatch }) => [data, patch, mergePatch].filter((given) => given != null).length <= 1, {
    message: 'must have at most one of `data`, `patch` and `mergePatch`',
  });

export const mergeShape = z.object({
  layerType: layerShape.layerType,
  mergePatch: layerData,
  replace: z.boolean().nullish(),
  expectedVersion: expectedVersionOrNone,
  idempotencyKey,
  reason,
});

export const removeShape = z.object({ expectedVersion, reason });

export type AddLayerInput = z.input<typeof addShape> & { readonly contextId: string };
export type PatchLayerInput = z.input<typeof patchShape> & { readonly id: string };
export type UpdateLayerInput = z.input<typeof updateShape> & { readonly id: string };
export type CheckedUpdate = z.output<typeof updateShape>;
export type RemoveLayerInput = z.input<typeof removeShape> & { readonly id: string };
export type MergeLayerInput = z.input<typeof mergeShape> & { readonly contextId: string };
export type CheckedMerge = z.output<typeof mergeShape>;
