import type { AuthDomain } from '../../domain.ts';
import type { Foundations } from '../../foundations.ts';
import type { RoleService } from '../roles/role-service.ts';
import {
  ensureFirstAdministrator,
  type FirstAdministrator,
  type FirstAdministratorWishes,
} from './first-administrator.ts';
import { UserService } from './user-service.ts';
import { UserStore } from './user-store.ts';

/** Users. The start creates the first administrator if there is none. */
export function createUsers(
  domain: AuthDomain,
  foundations: Foundations,
  { roles, first }: { readonly roles: RoleService; readonly first: FirstAdministratorWishes },
) {
  const store = new UserStore(domain.pool, domain.prisma, foundations.mailDelivery);
  let made: FirstAdministrator | null = null;
  domain.prepare(async () => {
    made = await ensureFirstAdministrator(store, foundations.passwords, first);
  });
  return {
    store,
    service: new UserService({ ...foundations, store, roles }),
    /** Null before the start, and if there already was an administrator. */
    firstAdministrator: () => made,
    /** The number of passwords hashed with an earlier key; they are rehashed when their owners sign in. */
    countEarlierHashes: () => store.countPasswordsBut(foundations.passwords.currentPrefix),
  };
}
