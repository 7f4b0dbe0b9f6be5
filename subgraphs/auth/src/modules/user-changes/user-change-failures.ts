/** The user has scopes that the viewer lacks. */
export const userBeyondOwnScopes = (missingScopes: string[]) => ({
  __typename: 'UserBeyondOwnScopesError' as const,
  code: 'USER_BEYOND_OWN_SCOPES',
  message: 'This user holds scopes that you do not hold yourself.',
  missingScopes,
});
