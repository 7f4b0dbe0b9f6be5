/** Users and service accounts share one name space. */
export const serviceAccountNameTaken = () => ({
  __typename: 'ServiceAccountNameTakenError' as const,
  code: 'SERVICE_ACCOUNT_NAME_TAKEN',
  message: 'A user or service account has this name.',
});
