import type { AuthDomain } from '../../domain.ts';
import type { Foundations } from '../../foundations.ts';
import type { PasswordService } from '../accounts/password-service.ts';
import { UserChangeService } from './user-change-service.ts';
import { UserChangeStore } from './user-change-store.ts';

/** Changes of existing users. */
export const createUserChanges = ({ pool }: AuthDomain, foundations: Foundations, passwords: PasswordService) =>
  new UserChangeService({ ...foundations, store: new UserChangeStore(pool, foundations.mailDelivery), passwords });
