/** E-mail or user name belong to somebody already. */
export const userTaken = (field: 'email' | 'username') => ({
  __typename: 'UserTakenError' as const,
  code: 'USER_TAKEN',
  message: `Somebody has this ${field === 'email' ? 'e-mail address' : 'user name'} already.`,
  field,
});
