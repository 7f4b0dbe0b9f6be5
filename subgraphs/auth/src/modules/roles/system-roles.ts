export interface SystemRole {
  readonly name: string;
  readonly description: string;
  readonly scopes: readonly string[];
}

/** The role that must always have a holder. */
export const ADMIN_ROLE = 'admin';

/** Built-in roles. Changing one here changes it in every installation at its next start. */
export const SYSTEM_ROLES: readonly SystemRole[] = [
  { name: ADMIN_ROLE, description: 'May do everything.', scopes: ['*:*'] },
  {
    name: 'member',
    description: 'Has agents, workflows, contexts and integrations of their own, uses them, and sends notifications.',
    scopes: [
      'user:read',
      'role:read',
      'api-key:read',
      'api-key:write',
      'agent:read',
      'agent:write',
      'agent:execute',
      'workflow:read',
      'workflow:write',
      'workflow:execute',
      'workflow:approve',
      'context:read',
      'context:write',
      'notification:read',
      'notification:send',
      'notification:write',
      'integration:read',
      'integration:write',
      'integration:invoke',
    ],
  },
  {
    name: 'observer',
    description: 'Sees all agents, workflows, contexts, notifications and integrations, and changes nothing.',
    scopes: [
      'user:read',
      'role:read',
      'agent:read',
      'agent:read-any',
      'workflow:read',
      'workflow:read-any',
      'context:read',
      'context:read-any',
      'notification:read',
      'notification:read-any',
      'integration:read',
      'integration:read-any',
    ],
  },
];
