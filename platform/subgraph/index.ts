export type { CheckFigures, CreateSubgraph, DependencyCheck, Platform, Roles, Subgraph } from './types.ts';
