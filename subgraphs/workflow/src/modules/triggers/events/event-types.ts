/** Events of the product that triggers can wait for. */
export const EVENT_TYPES = [
  'agent.registered',
  'agent.updated',
  'agent.deregistered',
  'agent.executed',
  'workflow.started',
  'workflow.completed',
  'workflow.failed',
  'context.updated',
  'notification.sent',
  'notification.failed',
  'integration.health.changed',
  'integration.degraded',
  'user.registered',
] as const;

export const WEBHOOK_RECEIVED = 'integration.webhook.received';

/** The domain of the object that an event tells of, as scopes name it. */
const resourceOf = (type: string): string => type.split('.')[0] ?? type;

/** What a user needs to see events of this type: of what is their own, or of everybody's. */
export const scopeToSee = (type: string, isOwn: boolean): string =>
  `${resourceOf(type)}:${isOwn ? 'read' : 'read-any'}`;

/** Every scope by which its holder sees events of this type about what is somebody else's. */
export const scopesThatSeeOthers = (type: string): string[] => {
  const resource = resourceOf(type);
  return [`${resource}:read-any`, `${resource}:*`, '*:read-any', '*:*', '*'];
};
