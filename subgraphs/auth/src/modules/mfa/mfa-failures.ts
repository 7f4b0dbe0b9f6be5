/** Wrong, already used, or expired: the error does not say which. */
export const invalidMfaCode = () => ({
  __typename: 'InvalidMfaCodeError' as const,
  code: 'INVALID_MFA_CODE',
  message:
    'This code is wrong, was used before or has expired. Enter the one that your authenticator app shows now, or an unused backup code.',
});

export const invalidMfaChallenge = () => ({
  __typename: 'InvalidMfaChallengeError' as const,
  code: 'INVALID_MFA_CHALLENGE',
  message: 'This sign-in was completed already or has taken too long: sign in again.',
});

export const mfaAlreadyEnabled = () => ({
  __typename: 'MfaAlreadyEnabledError' as const,
  code: 'MFA_ALREADY_ENABLED',
  message: 'A second factor is set up already. Disable it before setting up another one.',
});

export const mfaNotEnabled = () => ({
  __typename: 'MfaNotEnabledError' as const,
  code: 'MFA_NOT_ENABLED',
  message: 'No second factor is set up, or its setup was not confirmed in time.',
});

export const wrongPassword = () => ({
  __typename: 'InvalidCredentialsError' as const,
  code: 'INVALID_CREDENTIALS',
  message: 'The password is wrong.',
});
