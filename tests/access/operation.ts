/** Objects of somebody else, for the operations to reach for. */
export interface Belongings {
  readonly ownerId: string;
  readonly ownerSessionId: string;
  readonly agentId: string;
  readonly agentExecutionId: string;
  readonly budgetId: string;
  readonly workflowId: string;
  /** A template of a workflow; it is also called so. */
  readonly workflowTemplateId: string;
  /** Waits in a long delay. */
  readonly waitingExecutionId: string;
  readonly pausedExecutionId: string;
  readonly completedExecutionId: string;
  /** Stuck. */
  readonly compensationId: string;
  readonly workflowTriggerId: string;
  /** Scheduled for next year. */
  readonly notificationId: string;
  readonly templateId: string;
  readonly integrationId: string;
  /** That its service has reported. */
  readonly inboundWebhookId: string;
  /** In their inbox. */
  readonly inboxItemId: string;
  readonly contextId: string;
  readonly contextLayerId: string;
}

/** What somebody gets who may use the operation, but does not own the objects. */
type ForOthers =
  | 'null'
  | 'empty'
  | 'no figures'
  | 'nothing spent'
  | 'not found'
  | 'forbidden'
  | 'bad input'
  | 'invalid input'
  | 'own business'
  | 'nothing to retry'
  | 'refused one by one'
  | 'not found one by one'
  | 'nothing selected'
  | 'unknown agent';

export interface Operation {
  readonly document: string;
  readonly variables?: (belongings: Belongings) => Record<string, unknown>;
  /** Who may use it: anybody, anybody signed in, every member and observer, members, administrators. */
  readonly allowed: 'public' | 'signed in' | 'readers' | 'members' | 'administrators';
  readonly others: ForOthers;
}

export const mutation = (name: string, type: string) =>
  `mutation Try($input: ${type}!) { ${name}(input: $input) { __typename ... on MutationError { code } } }`;

export const byId = (key: keyof Belongings) => (belongings: Belongings) => ({ id: belongings[key] });
export const inputId = (key: keyof Belongings) => (belongings: Belongings) => ({ input: { id: belongings[key] } });

export const NODES = '{ nodes { id } }';
