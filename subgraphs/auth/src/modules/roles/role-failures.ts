/** The role holds scopes that the viewer does not hold. */
export const roleBeyondOwnScopes = (missingScopes: string[]) => ({
  __typename: 'RoleBeyondOwnScopesError' as const,
  code: 'ROLE_BEYOND_OWN_SCOPES',
  message: 'The role holds scopes that you do not hold yourself.',
  missingScopes,
});

/** Nobody would be left who can administer the product. */
export const lastAdministrator = () => ({
  __typename: 'LastAdministratorError' as const,
  code: 'LAST_ADMINISTRATOR',
  message: 'This is the last active administrator: make somebody else one first.',
});
