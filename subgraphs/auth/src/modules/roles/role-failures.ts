import type { GivenAddress } from './given-addresses.ts';

/** The role has scopes that the viewer does not hold. */
export const roleBeyondOwnScopes = (missingScopes: string[]) => ({
  __typename: 'RoleBeyondOwnScopesError' as const,
  code: 'ROLE_BEYOND_OWN_SCOPES',
  message: 'The role holds scopes that you do not hold yourself.',
  missingScopes,
});

/** The addresses of users who would gain rights were supplied by somebody with fewer rights. */
export const addressGivenByOthers = (addresses: readonly GivenAddress[]) => ({
  __typename: 'AddressGivenByOthersError' as const,
  code: 'ADDRESS_GIVEN_BY_OTHERS',
  message:
    'The e-mail address was given by somebody who does not have these permissions, and who may be able to read e-mail to it. Make sure that the address belongs to the person, then pass it as `confirmedEmail` of `assignRole`.',
  addresses: [...addresses],
});

/** No administrator would be left. */
export const lastAdministrator = () => ({
  __typename: 'LastAdministratorError' as const,
  code: 'LAST_ADMINISTRATOR',
  message: 'This is the last active administrator: assign the role to somebody else first.',
});

/** Built-in roles cannot be changed. */
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
  message: 'Users or service accounts hold this role: revoke it from them first, or set `evenIfHeld`.',
  holderCount,
});
