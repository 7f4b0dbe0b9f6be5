import type { BuiltInTemplate } from '../template-record.ts';
import { bugTriage } from './bug-triage.ts';
import { documentationUpdate } from './documentation-update.ts';
import { feature } from './feature.ts';
import { securityReview } from './security-review.ts';
import { sprintRetrospective } from './sprint-retrospective.ts';

/** Templates that ship with the product. */
export const BUILT_IN_TEMPLATES: readonly BuiltInTemplate[] = [
  bugTriage,
  documentationUpdate,
  feature,
  securityReview,
  sprintRetrospective,
];
