import type { Pool } from 'pg';
import type { MailDelivery } from '../../mails/index.ts';
import { AssignmentService, type AssignmentServiceParts } from './assignment-service.ts';
import { AssignmentStore } from './assignment-store.ts';
import { RoleService } from './role-service.ts';
import type { RoleStore } from './role-store.ts';

export interface RolesParts extends Omit<AssignmentServiceParts, 'store' | 'roles' | 'onMails'> {
  readonly store: RoleStore;
  readonly pool: Pool;
  readonly mailDelivery: MailDelivery;
}

export interface Roles {
  readonly service: RoleService;
  readonly assignments: AssignmentService;
}

/** Puts roles, and who holds them, together. */
export function createRoles({ store, pool, mailDelivery, ...parts }: RolesParts): Roles {
  return {
    service: new RoleService({ store, audit: parts.audit, onEvents: parts.onEvents }),
    assignments: new AssignmentService({
      ...parts,
      store: new AssignmentStore(pool, mailDelivery),
      roles: store,
      onMails: () => mailDelivery.poke(),
    }),
  };
}
