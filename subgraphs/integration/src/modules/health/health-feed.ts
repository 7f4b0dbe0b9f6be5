import { streamUpdates, updatesOfLog, type LiveCaller, type Message } from '@flowmesh/platform/events';
import type { CircuitState } from '@flowmesh/platform/resilience';
import { visibleOwner } from '../integrations/integration-access.ts';
import { INTEGRATION_EVENT, type HealthCause, type HealthChangedPayload } from '../integrations/integration-events.ts';

interface ShownChange {
  readonly integrationId: string | null;
  readonly cause: HealthCause | null;
  readonly healthy: boolean | null;
  readonly circuitState: CircuitState | null;
  readonly error: string | null;
}

/** A change of health as subscribers get it; the first one is a marker without integration. */
export type HealthChange = Message<ShownChange>;

const MARKER: ShownChange = { integrationId: null, cause: null, healthy: null, circuitState: null, error: null };

/** Changes of the integrations the viewer may see, or of one of them. */
export function healthFeed(
  caller: LiveCaller,
  id: string | null | undefined,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<HealthChange>> {
  const updates = updatesOfLog({
    shownAs: { [INTEGRATION_EVENT.healthChanged]: 'CHANGED' },
    ownerId: visibleOwner(caller.viewer),
    marker: MARKER,
    show({ payload }): ShownChange | null {
      const { integrationId, cause, healthy, circuit, error } = payload as HealthChangedPayload;
      return !id || id === integrationId ? { integrationId, cause, healthy, circuitState: circuit, error } : null;
    },
  });
  return streamUpdates(caller, after, updates);
}
