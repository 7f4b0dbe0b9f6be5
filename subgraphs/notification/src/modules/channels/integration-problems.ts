import { serviceViewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { ServiceAwayError, type Services } from '@flowmesh/platform/services';
import type { ProviderRecord } from './channel-record.ts';

const DEADLINE_MS = 2_000;

interface Found {
  readonly status: string;
  readonly operations: readonly { readonly name: string }[];
}

/**
 * Why nothing can be sent through the integrations of these providers, in their order; null where something can, where
 * there is no integration, and while the integration service does not answer: then it is not known.
 */
export async function integrationProblems(
  services: Services,
  providers: readonly ProviderRecord[],
): Promise<(string | null)[]> {
  const ids = [...new Set(providers.flatMap(({ integrationId }) => integrationId ?? []))];
  const found = ids.length === 0 ? new Map<string, Found | null>() : await read(services, ids);
  return providers.map(({ integrationId, settings }) => {
    const integration = integrationId === null ? undefined : found.get(integrationId);
    return integration === undefined ? null : problemOf(integration, String(settings?.['operation']));
  });
}

function problemOf(integration: Found | null, operation: string): string | null {
  if (integration === null) return 'Its integration is gone.';
  if (integration.status === 'INACTIVE') return 'Its integration is switched off.';
  if (integration.operations.some(({ name }) => name === operation)) return null;
  return `Its integration does not have the operation ${operation} any more.`;
}

async function read(services: Services, ids: readonly string[]): Promise<Map<string, Found | null>> {
  const service = services.get('integration');
  if (!service) return new Map(ids.map((id) => [id, null]));
  const variables = Object.fromEntries(ids.map((id, at) => [`i${at}`, id]));
  const names = Object.keys(variables);
  const query = `query IntegrationsOfProviders(${names.map((name) => `$${name}: ID!`).join(', ')}) {
    ${names.map((name) => `${name}: integration(id: $${name}) { status operations { name } }`).join('\n')}
  }`;
  const viewer = serviceViewer('notification', ['integration:read', 'integration:read-any']);
  try {
    const call = { viewer, requestId: newId(), timeoutMs: DEADLINE_MS };
    const answer = await service.ask<Record<string, Found | null>>({ query, variables }, call);
    return new Map(ids.map((id, at) => [id, answer[`i${at}`] ?? null]));
  } catch (error) {
    if (error instanceof ServiceAwayError) return new Map();
    throw error;
  }
}
