/** The same for an unknown user, a wrong password and a suspended account. */
export const invalidCredentials = () => ({
  __typename: 'InvalidCredentialsError' as const,
  code: 'INVALID_CREDENTIALS',
  message: 'The user is unknown, or the password is wrong.',
});

export const invalidRefreshToken = () => ({
  __typename: 'InvalidRefreshTokenError' as const,
  code: 'INVALID_REFRESH_TOKEN',
  message: 'This refresh token is not good any more: sign in again.',
});
