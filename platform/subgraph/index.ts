export type { CreateSubgraph, DependencyCheck, Platform, Roles, Subgraph } from './types.ts';
