export type { CheckFigures, ClientOf, CreateSubgraph, DependencyCheck, Platform, Roles, Subgraph } from './types.ts';
export { contextFactory, type OperationContext } from './operation-context.ts';
