import { isIP } from 'node:net';
import { id, line } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { AUDIT_ACTIONS, isAuditAction } from './audit-actions.ts';

const ACTIONS = Object.keys(AUDIT_ACTIONS);

/** The actions that match a pattern; null if none does. */
function matching(pattern: string): readonly string[] | null {
  if (isAuditAction(pattern)) return [pattern];
  if (!pattern.endsWith('.*')) return null;
  const found = ACTIONS.filter((action) => action.startsWith(pattern.slice(0, -1)));
  return found.length > 0 ? found : null;
}

const action = () =>
  z.string().transform((pattern, context) => {
    const found = matching(pattern);
    if (found) return found;
    context.addIssue({ code: 'custom', message: 'is no action that is recorded; `auditActions` lists them' });
    return z.NEVER;
  });

function isNetwork(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes('%')) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

export const auditFilter = z.object({
  actions: z
    .array(action())
    .max(50, 'must be at most 50 actions')
    .nullish()
    .transform((found) => found && [...new Set(found.flat())]),
  outcome: z.enum(['SUCCESS', 'FAILURE', 'DENIED']).nullish(),
  actorId: id().nullish(),
  targetId: id().nullish(),
  userId: id().nullish(),
  from: z.date().nullish(),
  to: z.date().nullish(),
  address: z.string().refine(isNetwork, 'must be an address or a network, e.g. 203.0.113.0/24').nullish(),
  text: line({ max: 100 }).nullish(),
});
