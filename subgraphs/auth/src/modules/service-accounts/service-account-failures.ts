/** User names and names of service accounts are the same names. */
export const serviceAccountNameTaken = () => ({
  __typename: 'ServiceAccountNameTakenError' as const,
  code: 'SERVICE_ACCOUNT_NAME_TAKEN',
  message: 'A user or service account has this name.',
});
