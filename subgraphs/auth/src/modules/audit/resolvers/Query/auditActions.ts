import type { QueryResolvers } from '../../../../__generated__/graphql.ts';
import { AUDIT_ACTIONS } from '../../audit-actions.ts';

export const auditActions: QueryResolvers['auditActions'] = () =>
  Object.entries(AUDIT_ACTIONS)
    .map(([name, description]) => ({ name, description }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
