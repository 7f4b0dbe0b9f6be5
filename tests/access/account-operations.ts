import { unique } from '../harness/users.ts';
import { byId, mutation, NODES, type Operation } from './operation.ts';

/** Who may do what with accounts of their own, signing in and sessions; see `operations.ts`. */
export const ACCOUNT_OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.me': { document: '{ me { id } }', allowed: 'signed in', others: 'own business' },
  'Query.passwordStrength': {
    document: '{ passwordStrength(password: "correct horse battery staple") { score } }',
    allowed: 'public',
    others: 'own business',
  },
  'Mutation.register': {
    document: mutation('register', 'RegisterInput'),
    variables: () => ({ input: { email: `${unique('denied')}@flowmesh.test`, password: 'a long enough password' } }),
    allowed: 'public',
    others: 'own business',
  },
  'Mutation.verifyEmail': {
    document: mutation('verifyEmail', 'VerifyEmailInput'),
    variables: () => ({ input: { token: 'x' } }),
    allowed: 'public',
    others: 'own business',
  },
  'Mutation.resendVerificationEmail': {
    document: mutation('resendVerificationEmail', 'ResendVerificationEmailInput'),
    variables: () => ({ input: { email: `${unique('denied')}@flowmesh.test` } }),
    allowed: 'public',
    others: 'own business',
  },
  'Mutation.requestPasswordReset': {
    document: mutation('requestPasswordReset', 'RequestPasswordResetInput'),
    variables: () => ({ input: { email: `${unique('denied')}@flowmesh.test` } }),
    allowed: 'public',
    others: 'own business',
  },
  'Mutation.resetPassword': {
    document: mutation('resetPassword', 'ResetPasswordInput'),
    variables: () => ({ input: { token: 'x', newPassword: 'a long enough password' } }),
    allowed: 'public',
    others: 'own business',
  },
  'Mutation.unlinkAuth0': {
    document: mutation('unlinkAuth0', 'UnlinkAuth0Input'),
    variables: () => ({ input: { currentPassword: 'not the password' } }),
    allowed: 'signed in',
    others: 'own business',
  },
  'Mutation.changePassword': {
    document: mutation('changePassword', 'ChangePasswordInput'),
    variables: () => ({ input: { currentPassword: 'not the password', newPassword: 'a long enough password' } }),
    allowed: 'signed in',
    others: 'own business',
  },
  'Mutation.login': {
    document: mutation('login', 'LoginInput'),
    variables: () => ({ input: { identifier: 'nobody@flowmesh.test', password: 'not the password' } }),
    allowed: 'public',
    others: 'own business',
  },
  'Mutation.loginWithAuth0': {
    document: mutation('loginWithAuth0', 'LoginWithAuth0Input'),
    variables: () => ({ input: { idToken: 'not a token' } }),
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
  'Query.signingKeys': { document: '{ signingKeys { id } }', allowed: 'administrators', others: 'forbidden' },
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
};
