import type { AccountService } from './modules/accounts/account-service.ts';
import type { KeyRotation } from './keys/key-rotation.ts';
import type { PasswordAdvice } from './modules/accounts/password-advice.ts';
import type { PasswordService } from './modules/accounts/password-service.ts';
import type { Auth0Service } from './modules/auth0/auth0-service.ts';
import type { AuditService } from './modules/audit/audit-service.ts';
import type { ApiKeyService } from './modules/api-keys/api-key-service.ts';
import type { ServiceAccountService } from './modules/service-accounts/service-account-service.ts';
import type { AssignmentService } from './modules/roles/assignment-service.ts';
import type { MfaService } from './modules/mfa/mfa-service.ts';
import type { RoleService } from './modules/roles/role-service.ts';
import type { SessionListService } from './modules/sessions/session-list-service.ts';
import type { SessionService } from './modules/sessions/session-service.ts';
import type { TokenService } from './modules/sessions/token-service.ts';
import type { UserChangeService } from './modules/user-changes/user-change-service.ts';
import type { UserService } from './modules/users/user-service.ts';

/** Services for resolvers. */
export interface Services {
  /** Sessions of users without a second factor have no permissions. */
  readonly mfaRequired: boolean;
  readonly users: UserService;
  readonly userChanges: UserChangeService;
  readonly roles: RoleService;
  readonly assignments: AssignmentService;
  readonly apiKeys: ApiKeyService;
  readonly serviceAccounts: ServiceAccountService;
  readonly sessions: SessionService;
  readonly auth0: Auth0Service;
  readonly sessionList: SessionListService;
  readonly tokens: TokenService;
  readonly mfa: MfaService;
  readonly keyRotation: KeyRotation;
  readonly audit: AuditService;
  readonly accounts: AccountService;
  readonly passwords: PasswordService;
  readonly passwordAdvice: PasswordAdvice;
}
