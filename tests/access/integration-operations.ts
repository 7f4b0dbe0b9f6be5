import { unique } from '../harness/users.ts';
import { byId, inputId, mutation, NODES, type Operation } from './operation.ts';

/** Integrations: external services, and calls to them. */
export const INTEGRATION_OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.integrations': {
    document: `query Try($id: ID!) { integrations(filter: { ownerId: $id }) ${NODES} }`,
    variables: byId('ownerId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Query.integration': {
    document: 'query Try($id: ID!) { integration(id: $id) { id } }',
    variables: byId('integrationId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.integrationOperations': {
    document: 'query Try($id: ID!) { integrationOperations(integrationId: $id) { nodes { name } } }',
    variables: byId('integrationId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.integrationClients': {
    document: '{ integrationClients { type } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Query.integrationClient': {
    document: '{ integrationClient(type: HTTP) { type } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Mutation.registerIntegration': {
    document: mutation('registerIntegration', 'RegisterIntegrationInput'),
    variables: () => ({
      input: { name: unique('denied'), type: 'HTTP', configuration: { baseUrl: 'https://example.org' } },
    }),
    allowed: 'members',
    others: 'own business',
  },
  'Mutation.updateIntegration': {
    document: mutation('updateIntegration', 'UpdateIntegrationInput'),
    variables: ({ integrationId }) => ({ input: { id: integrationId, name: unique('stolen') } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.rotateIntegrationCredentials': {
    document: mutation('rotateIntegrationCredentials', 'RotateIntegrationCredentialsInput'),
    variables: ({ integrationId }) => ({ input: { id: integrationId, credentials: {} } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.revertIntegrationCredentials': {
    document: mutation('revertIntegrationCredentials', 'RevertIntegrationCredentialsInput'),
    variables: inputId('integrationId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.importOpenApi': {
    document: mutation('importOpenApi', 'ImportOpenApiInput'),
    variables: ({ integrationId }) => ({ input: { id: integrationId, document: '{}' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deleteIntegration': {
    document: mutation('deleteIntegration', 'DeleteIntegrationInput'),
    variables: inputId('integrationId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.invokeIntegration': {
    document: mutation('invokeIntegration', 'InvokeIntegrationInput'),
    variables: ({ integrationId }) => ({ input: { id: integrationId, operation: 'read' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.testIntegration': {
    document: mutation('testIntegration', 'TestIntegrationInput'),
    variables: inputId('integrationId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.testIntegrationClient': {
    document: mutation('testIntegrationClient', 'TestIntegrationClientInput'),
    variables: () => ({ input: { type: 'HTTP', configuration: { baseUrl: 'http://10.0.0.1' } } }),
    allowed: 'members',
    others: 'invalid input',
  },
  'Mutation.resetCircuitBreaker': {
    document: mutation('resetCircuitBreaker', 'ResetCircuitBreakerInput'),
    variables: inputId('integrationId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.clearIntegrationCache': {
    document: mutation('clearIntegrationCache', 'ClearIntegrationCacheInput'),
    variables: inputId('integrationId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.beginIntegrationAuthorization': {
    document: mutation('beginIntegrationAuthorization', 'BeginIntegrationAuthorizationInput'),
    variables: inputId('integrationId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.completeIntegrationAuthorization': {
    document: mutation('completeIntegrationAuthorization', 'CompleteIntegrationAuthorizationInput'),
    variables: () => ({ input: { redirectedTo: 'https://a.example/?code=c&state=of-nobody' } }),
    allowed: 'members',
    others: 'invalid input',
  },
  'Query.inboundWebhooks': {
    document: `query Try($id: ID!) { inboundWebhooks(filter: { integrationId: $id }) ${NODES} }`,
    variables: byId('integrationId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Query.inboundWebhook': {
    document: 'query Try($id: ID!) { inboundWebhook(id: $id) { id } }',
    variables: byId('inboundWebhookId'),
    allowed: 'readers',
    others: 'null',
  },
  'Mutation.configureInboundWebhooks': {
    document: mutation('configureInboundWebhooks', 'ConfigureInboundWebhooksInput'),
    variables: ({ integrationId }) => ({
      input: { id: integrationId, scheme: 'GITHUB', secret: 'a-secret-of-github' },
    }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.stopInboundWebhooks': {
    document: mutation('stopInboundWebhooks', 'StopInboundWebhooksInput'),
    variables: inputId('integrationId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.replayInboundWebhook': {
    document: mutation('replayInboundWebhook', 'ReplayInboundWebhookInput'),
    variables: inputId('inboundWebhookId'),
    allowed: 'members',
    others: 'not found',
  },
  'Subscription.integrationHealthChanged': {
    document: 'subscription { integrationHealthChanged { cursor } }',
    allowed: 'readers',
    others: 'own business',
  },
};
