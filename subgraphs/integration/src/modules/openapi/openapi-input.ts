import { text } from '@flowmesh/platform/validation';
import { z } from 'zod';

export const importShape = z
  .object({
    document: z.string().min(1).max(10_000_000, 'must have at most 10,000,000 characters').nullish(),
    url: z.string().max(2_000, 'must have at most 2,000 characters').nullish(),
    tags: z
      .array(text({ min: 1, max: 200 }))
      .max(100, 'must be at most 100')
      .nullish(),
    operations: z
      .array(text({ min: 1, max: 500 }))
      .max(200, 'must be at most 200')
      .nullish(),
  })
  .refine(({ document, url }) => (document == null) !== (url == null), {
    path: ['document'],
    message: 'must be given, or else `url`, but not both',
  });

export interface ImportOpenApiInput extends z.input<typeof importShape> {
  readonly id: string;
  readonly keepOthers?: boolean | null | undefined;
  readonly dryRun?: boolean | undefined;
  readonly expectedVersion?: number | null | undefined;
}
