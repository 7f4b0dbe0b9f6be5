interface EventType {
  /** When it happens. */
  readonly description: string;
  /** An EVENT trigger can fire by it. */
  readonly triggers?: false;
  /** A WAIT_FOR_EVENT step can wait for it. */
  readonly steps?: false;
}

export const WEBHOOK_RECEIVED = 'integration.webhook.received';

/**
 * The events of the product that start executions or let them go on. What their payloads have is in `payload-schemas.json`, which
 * `npm run docs` writes from the types that the domains declare.
 */
export const EVENT_TYPES: Readonly<Record<string, EventType>> = {
  'agent.registered': { description: 'An agent was registered.' },
  'agent.updated': { description: 'An agent was changed, or its health check has changed its status.' },
  'agent.deregistered': { description: 'An agent was removed.' },
  'agent.executed': { description: 'An execution of an agent has ended, whatever its end.' },
  'workflow.started': { description: 'Somebody has started an execution of a workflow, or something has for them.' },
  'workflow.completed': { description: 'An execution of a workflow has completed.' },
  'workflow.failed': { description: 'An execution of a workflow has failed.' },
  'context.updated': { description: 'A context was created, changed, restored or deleted.' },
  'notification.sent': { description: 'A provider has taken a notification.' },
  'notification.delivered': { description: 'A notification has arrived.' },
  'notification.failed': { description: 'A notification was given up.' },
  'integration.health.changed': {
    description: 'Checks of an integration began to fail or succeed, or its circuit has changed.',
  },
  'integration.degraded': { description: 'An integration became unhealthy, or its circuit opened.' },
  // Triggers by webhooks have a kind of their own, which names the integration.
  [WEBHOOK_RECEIVED]: { description: 'The service of an integration has sent a signed webhook.', triggers: false },
  // It belongs to the new user, of whom no execution exists that could wait.
  'user.registered': { description: 'A user was registered.', steps: false },
};

const typesFor = (use: 'triggers' | 'steps'): readonly string[] =>
  Object.entries(EVENT_TYPES).flatMap(([name, type]) => (type[use] === false ? [] : [name]));

export const TRIGGER_EVENTS = typesFor('triggers');
export const STEP_EVENTS = typesFor('steps');

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
