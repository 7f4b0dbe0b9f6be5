import type { SemanticOutcome } from './search-service.ts';

export type ContextSemanticSearchMapper = SemanticOutcome;
