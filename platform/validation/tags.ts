import { z } from 'zod';
import { name } from './name.ts';

/** At most 20 tags of 1 to 50 characters; a repeated one is dropped. */
export const tags = () =>
  z
    .array(name({ min: 1, max: 50 }))
    .max(20, 'must be at most 20 tags')
    .transform((values) => [...new Set(values)]);
