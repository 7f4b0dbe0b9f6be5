import { notFound } from '@flowmesh/platform/validation';

export const invalidIdToken = () => ({
  __typename: 'InvalidIdTokenError' as const,
  code: 'INVALID_ID_TOKEN',
  message: 'This ID token is not good (any more): sign in with Auth0 again.',
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
    'Your account is suspended, or linked with another account of Auth0, or you have unlinked one: then sign in, and link it from there.',
});

export const auth0NotLinked = () => notFound('No account of Auth0 is linked with yours.');

export const auth0NotConfigured = () => ({
  __typename: 'Auth0NotConfiguredError' as const,
  code: 'AUTH0_NOT_CONFIGURED',
  message: 'Nobody can sign in with Auth0 here: the operator has not set it up.',
});
