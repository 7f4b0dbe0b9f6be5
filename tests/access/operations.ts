import { ACCOUNT_OPERATIONS } from './account-operations.ts';
import { ADMINISTRATION_OPERATIONS } from './administration-operations.ts';
import { AGENT_OPERATIONS } from './agent-operations.ts';
import { BUDGET_OPERATIONS } from './budget-operations.ts';
import { CHANNEL_OPERATIONS } from './channel-operations.ts';
import { CONTEXT_OPERATIONS } from './context-operations.ts';
import { INTEGRATION_OPERATIONS } from './integration-operations.ts';
import { NOTIFICATION_OPERATIONS } from './notification-operations.ts';
import { byId, type Operation } from './operation.ts';
import { TRIGGER_OPERATIONS } from './trigger-operations.ts';
import { WORKFLOW_OPERATIONS } from './workflow-operations.ts';

/** Every operation of the graph, and who may use it. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.services': { document: '{ services { name } }', allowed: 'signed in', others: 'own business' },
  'Query.accessRules': {
    document: '{ accessRules { nodes { coordinate } } }',
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Query.explainAccess': {
    document: 'query Try($id: ID!) { explainAccess(coordinate: "Query.agents", userId: $id) { allowed } }',
    variables: byId('ownerId'),
    allowed: 'signed in',
    others: 'null',
  },
  ...ACCOUNT_OPERATIONS,
  ...ADMINISTRATION_OPERATIONS,
  ...AGENT_OPERATIONS,
  ...BUDGET_OPERATIONS,
  ...WORKFLOW_OPERATIONS,
  ...TRIGGER_OPERATIONS,
  ...CONTEXT_OPERATIONS,
  ...NOTIFICATION_OPERATIONS,
  ...INTEGRATION_OPERATIONS,
  ...CHANNEL_OPERATIONS,
};
