import type { FoundLayer } from './search-store.ts';

export type ContextSearchHitMapper = FoundLayer;
