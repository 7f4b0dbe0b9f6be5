/** Characters; longer passwords are refused, never cut. */
export const PASSWORD_MAX_LENGTH = 1_024;

/** Work factor of bcrypt. OWASP asks for 10 at least. */
export const PASSWORD_ROUNDS = 12;
