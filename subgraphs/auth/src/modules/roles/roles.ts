import type { AuthDomain } from '../../domain.ts';
import type { Foundations } from '../../foundations.ts';
import { AssignmentService } from './assignment-service.ts';
import { AssignmentStore } from './assignment-store.ts';
import { RoleService } from './role-service.ts';
import { RoleStore } from './role-store.ts';
import { SYSTEM_ROLES } from './system-roles.ts';

/** Roles and their assignment. The start brings the system roles to this version. */
export function createRoles(domain: AuthDomain, foundations: Foundations) {
  const { pool, prisma } = domain;
  const store = new RoleStore(pool, prisma);
  domain.prepare(() => store.seed(SYSTEM_ROLES));
  return {
    store,
    services: {
      roles: new RoleService({ ...foundations, store }),
      assignments: new AssignmentService({
        ...foundations,
        store: new AssignmentStore(pool, foundations.mailDelivery),
        roles: store,
      }),
    },
  };
}
