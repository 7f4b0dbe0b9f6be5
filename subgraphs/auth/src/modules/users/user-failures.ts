/** The e-mail address or user name is taken. */
export const userTaken = (field: 'email' | 'username') => ({
  __typename: 'UserTakenError' as const,
  code: 'USER_TAKEN',
  message: `Somebody has this ${field === 'email' ? 'e-mail address' : 'user name'} already.`,
  field,
});
