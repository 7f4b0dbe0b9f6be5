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
    'This password was temporary, and its day is over: ask for a mail to choose your own, with requestPasswordReset. The first administrator gets the next one when the product is restarted.',
});

export const invalidRefreshToken = () => ({
  __typename: 'InvalidRefreshTokenError' as const,
  code: 'INVALID_REFRESH_TOKEN',
  message: 'This refresh token is not good any more: sign in again.',
});
