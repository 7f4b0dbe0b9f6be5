import { unique } from '../harness/users.ts';
import { CHANNEL_OPERATIONS } from './channel-operations.ts';
import { NOTIFICATION_OPERATIONS } from './notification-operations.ts';
import { byId, inputId, mutation, NODES, type Belongings, type Operation } from './operation.ts';

const newAgent = () => ({
  name: unique('denied'),
  type: 'Echo',
  kind: 'BUILTIN',
  builtin: { function: 'TRANSFORM', options: { expression: '$' } },
});

const newWorkflow = ({ agentId }: Belongings) => ({
  input: { name: unique('denied'), steps: [{ id: 'one', stepType: 'AGENT', agentId }] },
});

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.services': { document: '{ services { name } }', allowed: 'signed in', others: 'own business' },
  'Query.me': { document: '{ me { id } }', allowed: 'signed in', others: 'own business' },
  'Query.user': {
    document: 'query Try($id: ID!) { user(id: $id) { id } }',
    variables: byId('ownerId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.passwordStrength': {
    document: '{ passwordStrength(password: "correct horse battery staple") { score } }',
    allowed: 'public',
    others: 'own business',
  },
  'Query.users': { document: `{ users ${NODES} }`, allowed: 'administrators', others: 'forbidden' },
  'Query.roles': { document: '{ roles { nodes { name } } }', allowed: 'readers', others: 'own business' },
  'Query.auditLogs': { document: `{ auditLogs ${NODES} }`, allowed: 'signed in', others: 'own business' },
  'Query.auditActions': { document: '{ auditActions { name } }', allowed: 'signed in', others: 'own business' },
  'Mutation.createUser': {
    document: mutation('createUser', 'CreateUserInput'),
    variables: () => ({ input: { email: `${unique('denied')}@flowmesh.test`, password: 'a long enough password' } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Query.role': {
    document: 'query Try($id: ID!) { role(id: $id) { id } }',
    variables: byId('ownerId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.availableScopes': { document: '{ availableScopes { name } }', allowed: 'readers', others: 'own business' },
  'Mutation.createRole': {
    document: mutation('createRole', 'CreateRoleInput'),
    variables: () => ({ input: { name: unique('denied'), scopes: ['*:*'] } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.updateRole': {
    document: mutation('updateRole', 'UpdateRoleInput'),
    variables: ({ ownerId }) => ({ input: { id: ownerId, expectedVersion: 1, scopes: ['*:*'] } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.deleteRole': {
    document: mutation('deleteRole', 'DeleteRoleInput'),
    variables: ({ ownerId }) => ({ input: { id: ownerId, evenIfHeld: true } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.assignRole': {
    document: mutation('assignRole', 'AssignRoleInput'),
    variables: ({ ownerId }) => ({ input: { userId: ownerId, role: 'admin' } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.revokeRole': {
    document: mutation('revokeRole', 'RevokeRoleInput'),
    variables: ({ ownerId }) => ({ input: { userId: ownerId, role: 'member' } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.login': {
    document: mutation('login', 'LoginInput'),
    variables: () => ({ input: { identifier: 'nobody@flowmesh.test', password: 'not the password' } }),
    allowed: 'public',
    others: 'own business',
  },
  'Mutation.refreshToken': {
    document: mutation('refreshToken', 'RefreshTokenInput'),
    variables: () => ({ input: { refreshToken: 'not a token' } }),
    allowed: 'public',
    others: 'own business',
  },
  'Query.sessions': {
    document: `query Try($id: ID!) { sessions(filter: { userId: $id, status: null }) ${NODES} }`,
    variables: byId('ownerId'),
    allowed: 'signed in',
    others: 'empty',
  },
  'Query.mfaStatus': { document: '{ mfaStatus { backupCodesLeft } }', allowed: 'signed in', others: 'own business' },
  'Mutation.beginMfaEnrolment': {
    document: mutation('beginMfaEnrolment', 'BeginMfaEnrolmentInput'),
    variables: () => ({ input: { password: 'not the password' } }),
    allowed: 'signed in',
    others: 'own business',
  },
  'Mutation.confirmMfaEnrolment': {
    document: mutation('confirmMfaEnrolment', 'ConfirmMfaEnrolmentInput'),
    variables: () => ({ input: { code: '000000' } }),
    allowed: 'signed in',
    others: 'own business',
  },
  'Mutation.disableMfa': {
    document: mutation('disableMfa', 'DisableMfaInput'),
    variables: () => ({ input: { password: 'not the password', code: '000000' } }),
    allowed: 'signed in',
    others: 'own business',
  },
  'Mutation.regenerateBackupCodes': {
    document: mutation('regenerateBackupCodes', 'RegenerateBackupCodesInput'),
    variables: () => ({ input: { code: '000000' } }),
    allowed: 'signed in',
    others: 'own business',
  },
  'Mutation.completeMfaLogin': {
    document: mutation('completeMfaLogin', 'CompleteMfaLoginInput'),
    variables: () => ({ input: { challengeToken: 'none', code: '000000' } }),
    allowed: 'public',
    others: 'own business',
  },
  'Query.validateToken': {
    document: '{ validateToken(token: "not a token") { active } }',
    allowed: 'public',
    others: 'own business',
  },
  'Mutation.revokeSession': {
    document: mutation('revokeSession', 'RevokeSessionInput'),
    variables: ({ ownerSessionId }) => ({ input: { id: ownerSessionId } }),
    allowed: 'signed in',
    others: 'not found',
  },
  'Mutation.logoutEverywhere': {
    document: mutation('logoutEverywhere', 'LogoutEverywhereInput'),
    variables: ({ ownerId }) => ({ input: { userId: ownerId } }),
    allowed: 'signed in',
    others: 'not found',
  },
  'Mutation.revokeToken': {
    document: mutation('revokeToken', 'RevokeTokenInput'),
    variables: () => ({ input: { token: 'not a token' } }),
    allowed: 'public',
    others: 'own business',
  },
  'Mutation.logout': { document: 'mutation { logout { __typename } }', allowed: 'signed in', others: 'own business' },

  'Query.agents': {
    document: `query Try($id: ID!) { agents(filter: { ownerId: $id }) ${NODES} }`,
    variables: byId('ownerId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Query.agent': {
    document: 'query Try($id: ID!) { agent(id: $id) { id } }',
    variables: byId('agentId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.discoverAgents': { document: `{ discoverAgents ${NODES} }`, allowed: 'readers', others: 'empty' },
  'Query.agentTypes': { document: '{ agentTypes { name } }', allowed: 'readers', others: 'empty' },
  'Query.agentExecution': {
    document: 'query Try($id: ID!) { agentExecution(id: $id) { id } }',
    variables: byId('agentExecutionId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.agentExecutions': {
    document: `query Try($id: ID!) { agentExecutions(filter: { agentId: $id }) ${NODES} }`,
    variables: byId('agentId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Mutation.registerAgent': {
    document: mutation('registerAgent', 'RegisterAgentInput'),
    variables: () => ({ input: newAgent() }),
    allowed: 'members',
    others: 'own business',
  },
  'Mutation.updateAgent': {
    document: mutation('updateAgent', 'UpdateAgentInput'),
    variables: ({ agentId }) => ({ input: { id: agentId, name: unique('stolen') } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deregisterAgent': {
    document: mutation('deregisterAgent', 'DeregisterAgentInput'),
    variables: ({ agentId }) => ({ input: { id: agentId, force: true } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.executeAgent': {
    document: mutation('executeAgent', 'ExecuteAgentInput'),
    variables: ({ agentId }) => ({ input: { agentId, input: { any: 'thing' } } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.stopAgentExecution': {
    document: mutation('stopAgentExecution', 'StopAgentExecutionInput'),
    variables: inputId('agentExecutionId'),
    allowed: 'members',
    others: 'not found',
  },
  'Subscription.agentEvents': {
    document: 'subscription Try($id: ID!) { agentEvents(filter: { agentId: $id }) { cursor agentId } }',
    variables: byId('agentId'),
    allowed: 'readers',
    others: 'own business',
  },
  'Subscription.agentExecutionUpdates': {
    document: 'subscription Try($id: ID!) { agentExecutionUpdates(id: $id) { cursor } }',
    variables: byId('agentExecutionId'),
    allowed: 'readers',
    others: 'bad input',
  },

  'Query.workflows': {
    document: `query Try($id: ID!) { workflows(filter: { ownerId: $id }) ${NODES} }`,
    variables: byId('ownerId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Query.workflow': {
    document: 'query Try($id: ID!) { workflow(id: $id) { id } }',
    variables: byId('workflowId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.validateWorkflow': {
    document: 'query Try($input: CreateWorkflowInput!) { validateWorkflow(input: $input) { valid problems { code } } }',
    variables: newWorkflow,
    allowed: 'readers',
    others: 'unknown agent',
  },
  'Query.workflowStats': {
    document: '{ workflowStats { totalExecutions } }',
    allowed: 'readers',
    others: 'no figures',
  },
  'Query.workflowExecution': {
    document: 'query Try($id: ID!) { workflowExecution(id: $id) { id } }',
    variables: byId('completedExecutionId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.workflowExecutions': {
    document: `query Try($id: ID!) { workflowExecutions(filter: { workflowId: $id }) ${NODES} }`,
    variables: byId('workflowId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Mutation.createWorkflow': {
    document: `mutation Try($input: CreateWorkflowInput!) {
      createWorkflow(input: $input) { __typename ... on InvalidWorkflowError { problems { code } } }
    }`,
    variables: newWorkflow,
    allowed: 'members',
    others: 'unknown agent',
  },
  'Mutation.updateWorkflow': {
    document: mutation('updateWorkflow', 'UpdateWorkflowInput'),
    variables: ({ workflowId }) => ({ input: { id: workflowId, name: unique('stolen') } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deleteWorkflow': {
    document: mutation('deleteWorkflow', 'DeleteWorkflowInput'),
    variables: inputId('workflowId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.activateWorkflow': {
    document: mutation('activateWorkflow', 'ActivateWorkflowInput'),
    variables: inputId('workflowId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.archiveWorkflow': {
    document: mutation('archiveWorkflow', 'ArchiveWorkflowInput'),
    variables: inputId('workflowId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.executeWorkflow': {
    document: mutation('executeWorkflow', 'ExecuteWorkflowInput'),
    variables: ({ workflowId }) => ({ input: { workflowId, input: {} } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.cancelWorkflowExecution': {
    document: mutation('cancelWorkflowExecution', 'CancelWorkflowExecutionInput'),
    variables: inputId('waitingExecutionId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.pauseWorkflowExecution': {
    document: mutation('pauseWorkflowExecution', 'PauseWorkflowExecutionInput'),
    variables: inputId('waitingExecutionId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.resumeWorkflowExecution': {
    document: mutation('resumeWorkflowExecution', 'ResumeWorkflowExecutionInput'),
    variables: inputId('pausedExecutionId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.retryWorkflowExecution': {
    document: mutation('retryWorkflowExecution', 'RetryWorkflowExecutionInput'),
    variables: inputId('completedExecutionId'),
    allowed: 'members',
    others: 'not found',
  },
  'Subscription.workflowExecutionUpdates': {
    document: 'subscription Try($id: ID!) { workflowExecutionUpdates(id: $id) { cursor } }',
    variables: byId('waitingExecutionId'),
    allowed: 'readers',
    others: 'bad input',
  },
  'Subscription.workflowExecutionEvents': {
    document: 'subscription Try($id: ID!) { workflowExecutionEvents(filter: { workflowId: $id }) { cursor type } }',
    variables: byId('workflowId'),
    allowed: 'readers',
    others: 'own business',
  },

  'Query.notification': {
    document: 'query Try($id: ID!) { notification(id: $id) { id } }',
    variables: byId('notificationId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.notifications': {
    document: `query Try($id: ID!) { notifications(filter: { senderId: $id }) ${NODES} }`,
    variables: byId('ownerId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Mutation.sendNotification': {
    document: mutation('sendNotification', 'SendNotificationInput'),
    variables: ({ ownerId }) => ({ input: { channel: 'IN_APP', userId: ownerId, content: 'not asked for' } }),
    allowed: 'members',
    others: 'invalid input',
  },
  ...NOTIFICATION_OPERATIONS,
  ...CHANNEL_OPERATIONS,
};
