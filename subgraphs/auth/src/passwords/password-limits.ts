/** In characters; longer passwords are refused, never truncated. */
export const PASSWORD_MAX_LENGTH = 1_024;

/** Work factor of bcrypt. OWASP requires at least 10. */
export const PASSWORD_ROUNDS = 12;
