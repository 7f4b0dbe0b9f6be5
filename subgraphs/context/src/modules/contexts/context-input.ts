import { id, metadata, name, tags, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { layerShape } from '../layers/layer-input.ts';
import { expectedVersion, idempotencyKey, inTheFuture, reason } from './write-shapes.ts';

/** Text search configurations that every PostgreSQL since 14 has. */
export const LANGUAGES: readonly string[] = [
  ...['simple', 'arabic', 'armenian', 'basque', 'catalan', 'danish', 'dutch', 'english', 'finnish', 'french', 'german'],
  ...['greek', 'hindi', 'hungarian', 'indonesian', 'irish', 'italian', 'lithuanian', 'nepali', 'norwegian'],
  ...['portuguese', 'romanian', 'russian', 'serbian', 'spanish', 'swedish', 'tamil', 'turkish', 'yiddish'],
];

const language = z.string().refine((value) => LANGUAGES.includes(value), `must be one of ${LANGUAGES.join(', ')}`);

const common = {
  name: name({ min: 1, max: 255 }),
  type: name({ min: 1, max: 100 }),
  description: text({ max: 10_000 }).nullish(),
  metadata: metadata().nullish(),
  tags: tags().nullish(),
  language: language.nullish(),
  secretPolicy: z.enum(['REFUSE', 'MASK']).nullish(),
  expiresAt: inTheFuture.nullish(),
};

export const createShape = z.object({
  ...common,
  idempotencyKey,
  layers: z.array(z.object(layerShape)).max(50, 'must be at most 50 layers').nullish(),
});

export const updateShape = z.object({
  ...common,
  name: common.name.nullish(),
  type: common.type.nullish(),
  status: z
    .enum(['ACTIVE', 'INACTIVE', 'ARCHIVED'], 'must be ACTIVE, INACTIVE or ARCHIVED; deleteContext deletes')
    .nullish(),
  expectedVersion,
  reason,
});

export const deleteShape = z.object({ expectedVersion, reason });

export type CheckedCreate = z.output<typeof createShape>;
export type CheckedUpdate = Omit<z.output<typeof updateShape>, 'expectedVersion' | 'reason'>;
export type CreateContextInput = z.input<typeof createShape>;
export type UpdateContextInput = Omit<z.input<typeof updateShape>, 'status'> & {
  readonly id: string;
  readonly status?: string | null;
};
export interface DeleteContextInput extends z.input<typeof deleteShape> {
  readonly id: string;
  readonly permanently?: boolean;
}

const STATUSES = ['ACTIVE', 'INACTIVE', 'ARCHIVED', 'DELETED'] as const;

/** Of a list of contexts; texts as they are kept. */
export const filterShape = z.object({
  search: text({ max: 100 }).nullish(),
  type: name({ min: 1, max: 100 }).nullish(),
  statuses: z.array(z.enum(STATUSES)).nullish(),
  tags: tags().nullish(),
  ownerId: id().nullish(),
  shared: z.boolean().nullish(),
});
