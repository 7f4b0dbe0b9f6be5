export { buildSubgraphSchema, type ResolverMap, type SubgraphSchema } from './build-subgraph-schema.ts';
export { createErrorFormatter } from './format-error.ts';
export { JSONObjectScalar, JSONScalar } from './json-scalars.ts';
export { SHARED_SCALARS } from './shared-scalars.ts';
export { loadTypeDefinitions } from './type-definitions.ts';
