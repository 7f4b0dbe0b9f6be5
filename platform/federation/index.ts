export type { CallContext, GraphQLRequest, SubgraphSource, SubgraphSources } from './source.ts';
