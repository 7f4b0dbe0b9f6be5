import { hasScope, mayTouch, signedIn, type Viewer } from '@flowmesh/platform/access';
import { unavailable } from '@flowmesh/platform/errors';
import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import type { InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { Channel } from '../../../adapters/channel-adapter.ts';
import { MESSAGE_FIELDS } from '../../../adapters/integration/integration-input.ts';
import { INTEGRATION_TYPES, type IntegrationSettings } from '../../../adapters/integration/integration-settings.ts';
import { problemsBelow, type CheckedSettings } from './provider-settings.ts';

export interface IntegrationSettingsInput {
  readonly integrationId: string;
  readonly operation?: string | null;
  readonly recipients?: readonly string[] | null;
}

const DEADLINE_MS = 5_000;
const MAX_RECIPIENTS = 100;

const shape = z.object({
  integrationId: z.string().min(1, 'must not be empty').max(100, 'must have at most 100 characters'),
  operation: z.string().max(100, 'must have at most 100 characters').nullish(),
  recipients: z
    .array(z.string().regex(/^[#@]?[\w.-]{1,80}$/, 'must be one word of at most 80 characters, e.g. #alerts'))
    .max(MAX_RECIPIENTS, `must be at most ${MAX_RECIPIENTS}`)
    .nullish(),
});

const READ = `query IntegrationToSendThrough($id: ID!) {
  integration(id: $id) {
    type configuration owner { id } operations { name inputSchema }
  }
}`;

interface Operation {
  readonly name: string;
  readonly inputSchema: {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
  } | null;
}

interface Found {
  readonly type: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly owner: { readonly id: string };
  readonly operations: readonly Operation[];
}

export type CheckIntegration = (asked: {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly channel: Channel;
  readonly input: IntegrationSettingsInput;
}) => Promise<CheckedSettings>;

const BUILT_IN = { EMAIL: 'send', SLACK: 'postMessage' } as const;
const at = (field: keyof IntegrationSettingsInput, message: string): InvalidField => ({
  path: `integration.${field}`,
  message,
});

/**
 * Asks the integration service, on behalf of whoever configures, for the integration that a channel is to send through:
 * it must exist, be of the channel's type, and be one that they may call. Throws UNAVAILABLE.
 */
export function createIntegrationCheck(services: Services): CheckIntegration {
  return async ({ viewer, requestId, channel, input }) => {
    const { error } = shape.safeParse(input);
    const problems = problemsBelow('integration', error);
    const found = problems.length > 0 ? null : await read(services, viewer, requestId, input.integrationId);
    if (found === null || 'problem' in found) {
      const missing = found ? [at('integrationId', found.problem)] : [];
      return { problems: [...problems, ...missing], config: {}, secrets: {} };
    }
    const { settings, problems: further } = fit(viewer, channel, input, found);
    return { problems: further, config: { ...settings }, secrets: {} };
  };
}

async function read(
  services: Services,
  viewer: Viewer,
  requestId: string,
  id: string,
): Promise<Found | { readonly problem: string }> {
  const service = services.get('integration');
  if (!service) return { problem: 'cannot be used: this installation has no integrations' };
  const { userId } = signedIn(viewer);
  const scopes = viewer.kind === 'anonymous' ? [] : viewer.scopes;
  const acting: Viewer = { kind: 'service', service: 'notification', userId, scopes };
  try {
    const call = { viewer: acting, requestId, timeoutMs: DEADLINE_MS };
    const answer = await service.ask<{ integration: Found | null }>({ query: READ, variables: { id } }, call);
    return answer.integration ?? { problem: 'must be the id of an integration that you may see' };
  } catch (error) {
    if (error instanceof ServiceRefusedError) {
      return {
        problem: 'must be the id of an integration that you may see: this needs the permission integration:read',
      };
    }
    if (error instanceof ServiceAwayError) throw unavailable('The integration cannot be looked up now; try again.');
    throw error;
  }
}

/** What is kept of the integration, and what is in the way. */
function fit(viewer: Viewer, channel: Channel, input: IntegrationSettingsInput, found: Found) {
  const problems: InvalidField[] = [];
  const say = (field: keyof IntegrationSettingsInput, message: string) => problems.push(at(field, message));
  const type = channel in INTEGRATION_TYPES ? INTEGRATION_TYPES[channel as keyof typeof INTEGRATION_TYPES] : null;
  if (!hasScope(viewer, 'integration:invoke') || !mayTouch(viewer, found.owner.id, 'integration:invoke-any')) {
    say('integrationId', 'must be an integration that you may call: your own, or any with integration:invoke-any');
  } else if (found.type !== type) {
    say('integrationId', `must be an integration of type ${type}, not ${found.type}`);
  }
  if (problems.length > 0 || type === null) return { problems, settings: {} };
  const recipients = input.recipients ?? [];
  if (type === 'EMAIL' && recipients.length > 0) say('recipients', 'must be left out: e-mail goes to any address');
  if (type !== 'EMAIL' && recipients.length === 0) say('recipients', 'must have at least one name');
  if (type !== 'HTTP' && input.operation != null) say('operation', `must be left out: ${type} has only one that sends`);
  const operation = type === 'HTTP' ? chosen(input.operation ?? null, found.operations, say) : null;
  const settings: IntegrationSettings = {
    integrationId: input.integrationId,
    type,
    operation: type === 'HTTP' ? (operation?.name ?? '') : BUILT_IN[type],
    recipients: [...new Set(recipients)],
    namesChannels: type === 'SLACK' && found.configuration['authentication'] === 'BOT',
    fields: operation?.inputSchema?.properties ? Object.keys(operation.inputSchema.properties) : null,
  };
  return { problems, settings };
}

/** The operation, if a message has everything that it needs. */
function chosen(
  name: string | null,
  operations: readonly Operation[],
  say: (field: keyof IntegrationSettingsInput, message: string) => void,
): Operation | null {
  const operation = operations.find((known) => known.name === name) ?? null;
  if (!operation) {
    const names = operations.slice(0, 20).map((known) => known.name);
    say('operation', names.length > 0 ? `must be one of ${names.join(', ')}` : 'is none: the integration has none');
    return null;
  }
  const lacking =
    operation.inputSchema?.required?.filter((field) => !MESSAGE_FIELDS.some((has) => has === field)) ?? [];
  if (lacking.length > 0) {
    const list = MESSAGE_FIELDS.join(', ');
    say('operation', `must need only fields that a message has (${list}), not ${lacking.slice(0, 20).join(', ')}`);
  }
  return operation;
}
