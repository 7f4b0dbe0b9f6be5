import { unique } from '../harness/users.ts';
import { byId, inputId, mutation, NODES, type Operation } from './operation.ts';

/** Who may do what with users, roles, keys and the audit log; see `operations.ts`. */
export const ADMINISTRATION_OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.user': {
    document: 'query Try($id: ID!) { user(id: $id) { id } }',
    variables: byId('ownerId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.users': { document: `{ users ${NODES} }`, allowed: 'administrators', others: 'forbidden' },
  'Query.roles': { document: '{ roles { nodes { name } } }', allowed: 'readers', others: 'own business' },
  'Query.apiKeys': { document: `{ apiKeys ${NODES} }`, allowed: 'members', others: 'own business' },
  'Query.apiKey': {
    document: 'query Try($id: ID!) { apiKey(id: $id) { id } }',
    variables: byId('ownerId'),
    allowed: 'members',
    others: 'null',
  },
  'Mutation.createApiKey': {
    document: mutation('createApiKey', 'CreateApiKeyInput'),
    variables: ({ ownerId }) => ({ input: { name: 'denied', scopes: ['agent:read'], serviceAccountId: ownerId } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.revokeApiKey': {
    document: mutation('revokeApiKey', 'RevokeApiKeyInput'),
    variables: inputId('ownerId'),
    allowed: 'members',
    others: 'not found',
  },
  'Query.serviceAccounts': { document: `{ serviceAccounts ${NODES} }`, allowed: 'administrators', others: 'forbidden' },
  'Query.serviceAccount': {
    document: 'query Try($id: ID!) { serviceAccount(id: $id) { id } }',
    variables: byId('ownerId'),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.createServiceAccount': {
    document: mutation('createServiceAccount', 'CreateServiceAccountInput'),
    variables: () => ({ input: { name: unique('denied') } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.updateServiceAccount': {
    document: mutation('updateServiceAccount', 'UpdateServiceAccountInput'),
    variables: ({ ownerId }) => ({ input: { id: ownerId, expectedVersion: 1, status: 'SUSPENDED' } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.deleteServiceAccount': {
    document: mutation('deleteServiceAccount', 'DeleteServiceAccountInput'),
    variables: inputId('ownerId'),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Query.auditLogs': { document: `{ auditLogs ${NODES} }`, allowed: 'signed in', others: 'own business' },
  'Query.auditActions': { document: '{ auditActions { name } }', allowed: 'signed in', others: 'own business' },
  'Mutation.createUser': {
    document: mutation('createUser', 'CreateUserInput'),
    variables: () => ({ input: { email: `${unique('denied')}@flowmesh.test`, password: 'a long enough password' } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.updateUser': {
    document: mutation('updateUser', 'UpdateUserInput'),
    variables: ({ ownerId }) => ({ input: { id: ownerId, firstName: 'Denied' } }),
    allowed: 'signed in',
    others: 'forbidden',
  },
  'Mutation.suspendUser': {
    document: mutation('suspendUser', 'SuspendUserInput'),
    variables: inputId('ownerId'),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.resetUserMfa': {
    document: mutation('resetUserMfa', 'ResetUserMfaInput'),
    variables: inputId('ownerId'),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.reactivateUser': {
    document: mutation('reactivateUser', 'ReactivateUserInput'),
    variables: inputId('ownerId'),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.deleteUser': {
    document: mutation('deleteUser', 'DeleteUserInput'),
    variables: inputId('ownerId'),
    allowed: 'signed in',
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
  'Mutation.rotateSigningKeys': {
    document: 'mutation { rotateSigningKeys(input: { immediately: true }) { __typename } }',
    allowed: 'administrators',
    others: 'forbidden',
  },
};
