/** The recorded actions and their meanings. Names are public API: never rename one. */
export const AUDIT_ACTIONS = {
  'user.created': 'A user was made by an administrator, or by the product itself when it had no administrator.',
  'user.registered':
    'Somebody registered; `details.auth0`: with an account of Auth0. As a failure: with an e-mail address that belongs to the target already.',
  'user.email_verification_requested': 'A mail was sent with which the target can confirm the e-mail address.',
  'user.email_verified': 'An e-mail address was confirmed. `details.changed`: it has replaced another one.',
  'user.password_reset_requested': 'A mail was sent with which the target can choose a new password.',
  'user.password_reset': 'A new password was chosen with a mailed token; all sessions have ended.',
  'user.password_changed':
    'The password was changed; all other sessions have ended. As a failure: the old one was wrong.',
  'user.updated': 'A profile was changed; `details.fields` names what. `email`: asked for, and mailed to be confirmed.',
  'user.address_vouched_for':
    'Whoever gave a role said that the address, which others had given, is the target’s own; password, sessions and link with Auth0 of before are void.',
  'user.suspended': 'A user was suspended; all sessions have ended.',
  'user.reactivated': 'A suspended user may sign in again.',
  'user.deleted': 'A user was deleted: profile, password, roles, API keys and sessions.',
  'user.auth0_linked':
    'An account of Auth0 can sign in as the target. `details.takenOver`: nobody had confirmed the e-mail address before.',
  'user.auth0_unlinked': 'The account of Auth0 signs in as the target no more. As a failure: the password was wrong.',
  'user.login': 'Somebody signed in, or tried to. `details.reason` says why not.',
  'user.locked_out': 'Too many attempts: further ones are refused for a while. `details` names what was tried.',
  'user.logout': 'Somebody signed out; the session has ended.',
  'session.token_reused': 'A refresh token that was exchanged before came again; its session has ended.',
  'api_key.created': 'An API key was made. `details` tells its name, scopes and end.',
  'api_key.revoked': 'An API key was ended.',
  'service_account.created': 'A service account was made. `details` tells its name and roles.',
  'service_account.updated': 'A service account was changed. `details` tells what.',
  'service_account.deleted': 'A service account was removed, with its keys.',
  'role.created': 'A role was made. `details` tells its name and scopes.',
  'role.updated': 'A role was changed. `details` tells which scopes were added and removed.',
  'role.deleted': 'A role was removed, and taken from its holders, of whom each has an entry of their own.',
  'session.revoked': 'A session was ended from elsewhere.',
  'session.revoked_everywhere': 'All sessions of the target were ended; `details.keptCurrent`: but the one that asked.',
  'mfa.enabled': 'A second factor was set up.',
  'mfa.disabled': 'The second factor was removed.',
  'mfa.reset': 'The second factor of somebody who had lost it was removed; all sessions have ended.',
  'mfa.backup_codes_regenerated': 'New backup codes were given; the old ones are void.',
  'mfa.challenged': 'A password was good, and the second factor was asked for.',
  'mfa.failed': 'A code was not good. `details.reason`: wrong, used before, or a moment too late.',
  'mfa.blocked': 'Five wrong codes in a row: the second factor is blocked for `details.blockedSeconds`.',
  'signing_key.rotated': 'A next key of access tokens was made. `details.immediately`: all earlier ones are void.',
  'token.revoked': 'One access token was made void. `details.jti` names it.',
  'role.assigned': 'A role was given to the target. `details.role` names it.',
  'workflow.approval_decided':
    'Somebody approved or rejected what a step of a workflow asked; `details` tells which (`verdict`), why (`comment`) and by which means (`via`: signed in, or by a link).',
  'workflow.compensation_decided':
    'Somebody had a compensation of a workflow tried again, skipped it, or said that it was done by other means; `details` tells which (`action`) and why (`reason`).',
  'role.revoked': 'A role was taken from the target. `details.role` names it.',
} as const satisfies Record<string, string>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;

export const isAuditAction = (value: string): value is AuditAction => Object.hasOwn(AUDIT_ACTIONS, value);
