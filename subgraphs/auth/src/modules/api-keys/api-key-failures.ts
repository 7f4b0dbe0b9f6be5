/** The key would have scopes that its creator or its owner does not hold. */
export const apiKeyBeyondOwnScopes = (missingScopes: string[]) => ({
  __typename: 'ApiKeyBeyondOwnScopesError' as const,
  code: 'API_KEY_BEYOND_OWN_SCOPES',
  message: 'The key would have scopes that you, or the service account it is for, do not hold.',
  missingScopes,
});
