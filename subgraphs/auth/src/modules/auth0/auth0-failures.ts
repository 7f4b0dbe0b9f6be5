import { notFound } from '@flowmesh/platform/validation';

export const invalidIdToken = () => ({
  __typename: 'InvalidIdTokenError' as const,
  code: 'INVALID_ID_TOKEN',
  message: 'This ID token is invalid, was used before or has expired: sign in with Auth0 again.',
});

export const unverifiedEmail = () => ({
  __typename: 'UnverifiedEmailError' as const,
  code: 'UNVERIFIED_EMAIL',
  message: 'Confirm your e-mail address with Auth0 first, then sign in again.',
});

/** Only for callers whose e-mail address Auth0 has verified, so it reveals nothing about others. */
export const signInRefused = () => ({
  __typename: 'SignInRefusedError' as const,
  code: 'SIGN_IN_REFUSED',
  message:
    'Your account is suspended, or is linked with another Auth0 account, or you have unlinked one. To link an Auth0 account again, sign in another way, and call loginWithAuth0 with that session.',
});

export const auth0NotLinked = () => notFound('Your account is not linked with an Auth0 account.');

export const auth0NotConfigured = () => ({
  __typename: 'Auth0NotConfiguredError' as const,
  code: 'AUTH0_NOT_CONFIGURED',
  message: 'Signing in with Auth0 is not configured: ask the operator.',
});
