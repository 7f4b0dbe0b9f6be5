import type { AuthDomain } from '../../domain.ts';
import type { Foundations } from '../../foundations.ts';
import type { RoleService } from '../roles/role-service.ts';
import { ServiceAccountService } from './service-account-service.ts';
import { ServiceAccountStore } from './service-account-store.ts';

/** Service accounts: users for machines. */
export function createServiceAccounts({ pool, prisma }: AuthDomain, foundations: Foundations, roles: RoleService) {
  const store = new ServiceAccountStore(pool, prisma);
  return { store, service: new ServiceAccountService({ ...foundations, store, roles }) };
}
