// Writes what events of the product tell, from the types that the domains declare for their payloads: JSON Schemas for
// `workflowEventTypes`, and docs/reference/events.md. With `--check` nothing is written: says which files are not what would
// be. Run it with `npm run docs`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { EVENT_TYPES } from '../subgraphs/workflow/src/modules/event-types/event-types.ts';
import { eventPage } from './event-reference/page.mjs';
import { payloadTypes } from './event-reference/payload-types.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const AGENT = ['subgraphs/agent/src/modules/agents/agent-events.ts', 'AgentChangedPayload'];
const AGENT_EXECUTION = ['subgraphs/agent/src/modules/executions/execution-events.ts', 'ExecutionEventPayload'];
const WORKFLOW = ['subgraphs/workflow/src/modules/executions/engine/execution-events.ts', 'WorkflowEventPayload'];
const CONTEXT = ['subgraphs/context/src/modules/contexts/context-events.ts', 'ContextChangedPayload'];
const NOTIFICATION = [
  'subgraphs/notification/src/modules/notifications/notification-events.ts',
  'NotificationEventPayload',
];
const INTEGRATION = 'subgraphs/integration/src/modules/integrations/integration-events.ts';

/** Where the payload of each type is declared. */
const DECLARED = {
  'agent.registered': AGENT,
  'agent.updated': AGENT,
  'agent.deregistered': AGENT,
  'agent.executed': AGENT_EXECUTION,
  'workflow.started': WORKFLOW,
  'workflow.completed': WORKFLOW,
  'workflow.failed': WORKFLOW,
  'context.updated': CONTEXT,
  'notification.sent': NOTIFICATION,
  'notification.delivered': NOTIFICATION,
  'notification.failed': NOTIFICATION,
  'integration.health.changed': [INTEGRATION, 'HealthChangedPayload'],
  'integration.degraded': [INTEGRATION, 'HealthChangedPayload'],
  'integration.webhook.received': [INTEGRATION, 'WebhookReceivedPayload'],
  'user.registered': ['subgraphs/auth/src/modules/users/user-events.ts', 'UserRegisteredPayload'],
};

const schemaOf = payloadTypes(root);
const schemas = {};
for (const name of Object.keys(EVENT_TYPES)) {
  if (!DECLARED[name])
    throw new Error(`scripts/event-reference.mjs does not say where the payload of ${name} is declared`);
  schemas[name] = schemaOf(...DECLARED[name]);
}

const files = {
  'subgraphs/workflow/src/modules/event-types/payload-schemas.json': JSON.stringify(schemas),
  'docs/reference/events.md': eventPage(EVENT_TYPES, schemas),
};

const stale = [];
for (const [file, text] of Object.entries(files)) {
  const path = join(root, file);
  const wanted = await format(text, { ...(await resolveConfig(path)), filepath: path });
  if (existsSync(path) && readFileSync(path, 'utf8') === wanted) continue;
  if (process.argv.includes('--check')) stale.push(file);
  else writeFileSync(path, wanted);
}
if (stale.length > 0) {
  process.stderr.write(`Not what the payloads of events are: ${stale.join(', ')}. Run \`npm run docs\`.\n`);
  process.exitCode = 1;
}
