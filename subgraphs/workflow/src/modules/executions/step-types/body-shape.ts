import { z } from 'zod';
import { bodySteps } from '../../workflows/validation/workflow-input.ts';

/** What steps with steps inside have in common. */
export const bodyShape = {
  steps: bodySteps,
  type: z.enum(['SEQUENTIAL', 'PARALLEL'], 'must be SEQUENTIAL or PARALLEL').optional(),
};
