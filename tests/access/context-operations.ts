import { newId } from '@flowmesh/platform/ids';
import { unique } from '../harness/users.ts';
import { byId, inputId, mutation, NODES, type Operation } from './operation.ts';

/** Who may do what with contexts; see `operations.ts`. */
export const CONTEXT_OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.contexts': { document: `{ contexts ${NODES} }`, allowed: 'readers', others: 'empty' },
  'Query.context': {
    document: 'query Try($id: ID!) { context(id: $id) { id } }',
    variables: byId('contextId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.contextLayer': {
    document: 'query Try($id: ID!) { contextLayer(id: $id) { id } }',
    variables: byId('contextLayerId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.contextDiff': {
    document: 'query Try($id: ID!) { contextDiff(id: $id, from: 1) { path } }',
    variables: byId('contextId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.searchContexts': {
    document: '{ searchContexts(input: { text: "denied" }) { hits { score } } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Query.contextLayerTypes': { document: '{ contextLayerTypes { id } }', allowed: 'readers', others: 'own business' },
  'Query.contextErasures': {
    document: '{ contextErasures { nodes { id } } }',
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Query.contextAnalyticsSummary': {
    document: '{ contextAnalyticsSummary { contexts } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Query.contextAnalyticsTrends': {
    document:
      '{ contextAnalyticsTrends(from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", interval: DAY) { reads } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Mutation.createContext': {
    document: mutation('createContext', 'CreateContextInput'),
    variables: () => ({ input: { name: unique('denied'), type: 'denied' } }),
    allowed: 'members',
    others: 'own business',
  },
  'Mutation.updateContext': {
    document: mutation('updateContext', 'UpdateContextInput'),
    variables: ({ contextId }) => ({ input: { id: contextId, description: 'Denied' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deleteContext': {
    document: mutation('deleteContext', 'DeleteContextInput'),
    variables: inputId('contextId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.addContextLayer': {
    document: mutation('addContextLayer', 'AddContextLayerInput'),
    variables: ({ contextId }) => ({ input: { contextId, layerType: 'denied', data: {} } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.updateContextLayer': {
    document: mutation('updateContextLayer', 'UpdateContextLayerInput'),
    variables: ({ contextLayerId }) => ({ input: { id: contextLayerId, data: { denied: true } } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.patchContextLayer': {
    document: mutation('patchContextLayer', 'PatchContextLayerInput'),
    variables: ({ contextLayerId }) => ({
      input: { id: contextLayerId, patch: [{ op: 'ADD', path: '/denied', value: true }] },
    }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.mergeContextLayer': {
    document: mutation('mergeContextLayer', 'MergeContextLayerInput'),
    variables: ({ contextId }) => ({ input: { contextId, layerType: 'denied', mergePatch: {} } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.removeContextLayer': {
    document: mutation('removeContextLayer', 'RemoveContextLayerInput'),
    variables: inputId('contextLayerId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.restoreContextVersion': {
    document: mutation('restoreContextVersion', 'RestoreContextVersionInput'),
    variables: ({ contextId }) => ({ input: { id: contextId, version: 1 } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.shareContext': {
    document: mutation('shareContext', 'ShareContextInput'),
    variables: ({ contextId }) => ({
      input: { id: contextId, kind: 'USER', granteeId: newId(), access: 'READ' },
    }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.unshareContext': {
    document: mutation('unshareContext', 'UnshareContextInput'),
    variables: ({ contextId }) => ({ input: { id: contextId, kind: 'USER', granteeId: 'denied' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.defineContextLayerType': {
    document: mutation('defineContextLayerType', 'DefineContextLayerTypeInput'),
    variables: () => ({ input: { name: unique('denied'), schema: {} } }),
    allowed: 'members',
    others: 'own business',
  },
  'Mutation.removeContextLayerType': {
    document: mutation('removeContextLayerType', 'RemoveContextLayerTypeInput'),
    variables: () => ({ input: { name: 'denied' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.cleanupContexts': {
    document: mutation('cleanupContexts', 'CleanupContextsInput').replace(' ... on MutationError { code }', ''),
    variables: () => ({ input: { dryRun: true } }),
    allowed: 'members',
    others: 'own business',
  },
  'Mutation.eraseSubject': {
    document: mutation('eraseSubject', 'EraseSubjectInput'),
    variables: ({ ownerId }) => ({ input: { userId: ownerId, dryRun: false } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Subscription.contextChanged': {
    document: 'subscription Try($id: ID!) { contextChanged(id: $id) { cursor } }',
    variables: byId('contextId'),
    allowed: 'readers',
    others: 'bad input',
  },
};
