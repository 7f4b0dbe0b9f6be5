import { isServiceId, serviceViewer } from '@flowmesh/platform/access';
import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { StoredEvent } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import type { Services } from '@flowmesh/platform/services';
import { z } from 'zod';
import type { Acceptance } from '../notifications/acceptance.ts';
import { tellOwnNote } from '../notifications/own-notes.ts';

/** Of the bus. */
const GROUP = 'notification';
const EVENT = 'workflow.failed';
/** What preferences go by. */
const CATEGORY = 'workflow-failure';
/** A service that has just been set up tells nobody of what failed long ago. */
const MAX_AGE_MS = 86_400_000;
const MAX_REASON = 2_000;

const payloadShape = z.object({
  workflowId: z.string(),
  executionId: z.string(),
  startedById: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).partial().optional(),
});
type Failure = z.output<typeof payloadShape>;

const NAME = `query NameOfFailedWorkflow($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Workflow { name } }
}`;

interface Named {
  readonly _entities: readonly ({ readonly name: string } | null)[];
}

/** Tells whoever has started an execution that it failed, in their inbox: once for each time it did. */
export function tellOfFailedWorkflows(domain: OpenDomain, acceptance: Acceptance): void {
  domain.consume(GROUP, () => domain.bus.consume(GROUP, [EVENT], (event) => tell(domain, acceptance, event)));
}

async function tell({ services, logger }: OpenDomain, acceptance: Acceptance, event: StoredEvent): Promise<void> {
  const failure = payloadShape.parse(event.payload);
  if (isServiceId(failure.startedById) || Date.now() - event.occurredAt.getTime() > MAX_AGE_MS) return;
  const requestId = event.requestId ?? newId();
  const name = await nameOf(services, failure.workflowId, requestId);
  const outcome = await tellOwnNote(acceptance, requestId, {
    userId: failure.startedById,
    subject: `${name === null ? 'A workflow' : `“${name}”`} failed`,
    content: reasonOf(failure),
    category: CATEGORY,
    metadata: { workflowId: failure.workflowId, workflowExecutionId: failure.executionId },
    idempotencyKey: `${EVENT}:${event.id}`,
  });
  if (outcome) {
    logger.error({ executionId: failure.executionId, outcome }, 'a failed workflow could not be told of');
  }
}

function reasonOf({ executionId, error }: Failure): string {
  const reason = error?.message ?? 'It is not known why.';
  return `${[...reason].slice(0, MAX_REASON).join('')}\n\nExecution ${executionId}`;
}

/** Null when it is gone. Throws when the service does not answer: the event comes again. */
async function nameOf(services: Services, id: string, requestId: string): Promise<string | null> {
  const service = services.get('workflow');
  if (!service) return null;
  const viewer = serviceViewer('notification', ['workflow:read', 'workflow:read-any']);
  const variables = { representations: [{ __typename: 'Workflow', id }] };
  const found = await service.ask<Named>({ query: NAME, variables }, { viewer, requestId });
  return found._entities[0]?.name ?? null;
}
