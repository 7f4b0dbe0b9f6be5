/** The operator has closed registration. */
export const registrationClosed = () => ({
  __typename: 'RegistrationClosedError' as const,
  code: 'REGISTRATION_CLOSED',
  message: 'Nobody can register here: ask an administrator for an account.',
});

/** Unknown, already used, or expired: the error does not say which. */
export const invalidMailToken = () => ({
  __typename: 'InvalidMailTokenError' as const,
  code: 'INVALID_MAIL_TOKEN',
  message: 'This link is no longer valid: it was already used, or has expired. Ask for a new one.',
});

/** The user's current password was wrong. */
export const wrongPassword = () => ({
  __typename: 'WrongPasswordError' as const,
  code: 'WRONG_PASSWORD',
  message: 'This is not your password. If you have none, ask for one with requestPasswordReset.',
});

/** The user's current password is missing. */
export const passwordMissing = () => ({
  ...wrongPassword(),
  message:
    'currentPassword: must be given, your present password. If you have none, ask for one with requestPasswordReset.',
});
