/** The same for an unknown user, a wrong password and a suspended account. */
export const invalidCredentials = () => ({
  __typename: 'InvalidCredentialsError' as const,
  code: 'INVALID_CREDENTIALS',
  message: 'The user is unknown, or the password is wrong.',
});

/** Only after the correct password was given. */
export const passwordExpired = () => ({
  __typename: 'PasswordExpiredError' as const,
  code: 'PASSWORD_EXPIRED',
  message:
    'This temporary password has expired: call requestPasswordReset to get an e-mail with which you choose your own. For the first administrator, restarting the product generates a new one.',
});

export const invalidRefreshToken = () => ({
  __typename: 'InvalidRefreshTokenError' as const,
  code: 'INVALID_REFRESH_TOKEN',
  message: 'This refresh token is no longer valid: sign in again.',
});
