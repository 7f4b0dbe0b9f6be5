import { text } from '@flowmesh/platform/validation';
import { z } from 'zod';

/* What inputs of several mutations have in common. */

export const inTheFuture = z.date().refine((at) => at.getTime() > Date.now(), 'must be in the future');
export const reason = text({ max: 1_000 }).nullish();
export const expectedVersion = z.int().min(1, 'must be a version, from 1').nullish();
/** Where what is written may not be there yet. */
export const expectedVersionOrNone = z.int().min(0, 'must be a version, or 0 for none').nullish();
export const idempotencyKey = text({ min: 1, max: 255 }).nullish();
