export { ContextClient, type ContextClientParts, type ContextMerge } from './context-client.ts';
export { contextScopesOf, type ContextUser, type FoundContext, type ReadContext } from './context-user.ts';
