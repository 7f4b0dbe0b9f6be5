import { id, line, name } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { scopeList } from '../roles/role-input.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 90;
const MAX_DAYS = 366;

const expiry = () =>
  z
    .date()
    .nullish()
    .transform((value, context) => {
      const expiresAt = value ?? new Date(Date.now() + DEFAULT_DAYS * DAY_MS);
      const days = (expiresAt.getTime() - Date.now()) / DAY_MS;
      if (days > 0 && days <= MAX_DAYS) return expiresAt;
      context.addIssue({ code: 'custom', message: `must be in the future, and within ${MAX_DAYS} days` });
      return z.NEVER;
    });

export const createApiKeyInput = z.object({
  name: name({ min: 1, max: 100 }),
  scopes: scopeList().refine((scopes) => scopes.length > 0, 'must be at least one scope'),
  expiresAt: expiry(),
  serviceAccountId: id().nullish(),
});

export const revokeApiKeyInput = z.object({ id: id() });

export const apiKeyFilter = z.object({
  ownerId: id().nullish(),
  status: z.enum(['ACTIVE', 'EXPIRED', 'REVOKED']).nullish(),
  search: line({ max: 100 }).nullish(),
});
