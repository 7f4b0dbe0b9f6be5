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

/** What came with the product stays as it is. */
export const systemRole = () => ({
  __typename: 'SystemRoleError' as const,
  code: 'SYSTEM_ROLE',
  message: 'This role came with the product and cannot be changed or removed.',
});

export const roleNameTaken = () => ({
  __typename: 'RoleNameTakenError' as const,
  code: 'ROLE_NAME_TAKEN',
  message: 'Another role has this name.',
});

export const roleHeld = (holderCount: number) => ({
  __typename: 'RoleHeldError' as const,
  code: 'ROLE_HELD',
  message: 'Somebody holds this role: take it from them first, or say `evenIfHeld`.',
  holderCount,
});
