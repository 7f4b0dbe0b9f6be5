/** Wrong, already used, or expired: the error does not say which. */
export const invalidMfaCode = () => ({
  __typename: 'InvalidMfaCodeError' as const,
  code: 'INVALID_MFA_CODE',
  message: 'This code is not good. Give the one that your authenticator shows now, or a backup code that was not used.',
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
  message: 'No second factor is set up, or its setting up has taken too long.',
});

export const wrongPassword = () => ({
  __typename: 'InvalidCredentialsError' as const,
  code: 'INVALID_CREDENTIALS',
  message: 'The password is wrong.',
});
