import { mayTouch, signedIn, type Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import type { NewEvent } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import { DEFAULT_POLICY } from '@flowmesh/platform/resilience';
import { waitingViewer, type Requester } from '@flowmesh/platform/sandbox';
import {
  conflict,
  invalidInput,
  notFound,
  parseInput,
  problemsOf,
  type InvalidField,
} from '@flowmesh/platform/validation';
import type { AnyClient, Clients } from '../../clients/clients.ts';
import type { Operation } from '../../clients/integration-client.ts';
import type { DependentService } from '../dependents/dependent-service.ts';
import { visibleOwner } from './integration-access.ts';
import { integrationDeleted, integrationRegistered, integrationUpdated } from './integration-events.ts';
import { integrationInUse, integrationNameTaken, NO_INTEGRATION } from './integration-failures.ts';
import {
  registerShape,
  updateShape,
  type DeleteIntegrationInput,
  type RegisterIntegrationInput,
  type UpdateIntegrationInput,
} from './integration-input.ts';
import { INTEGRATIONS, type IntegrationListArguments } from './integration-query.ts';
import type { IntegrationRecord, IntegrationValues, KeptSecrets } from './integration-record.ts';
import type { IntegrationSecrets } from './integration-secrets.ts';
import type { IntegrationStore } from './integration-store.ts';
import { operationProblems, operationsShape, toOperation } from './operation-input.ts';
import { mergePolicy } from './policy-input.ts';
import { checkSettings } from './settings-check.ts';

/** Changes that lose against others are tried again this often. */
const UPDATE_ATTEMPTS = 5;

export interface IntegrationServiceParts {
  readonly store: IntegrationStore;
  readonly dependents: DependentService;
  readonly clients: Clients;
  readonly secrets: IntegrationSecrets;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

/** The registry: who may see and change which integration, and what an integration may be. */
export class IntegrationService {
  constructor(private readonly parts: IntegrationServiceParts) {}

  /** In the order of the ids; null for what is not there or may not be seen. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(IntegrationRecord | null)[]> {
    const found = new Map((await this.parts.store.findMany(ids)).map((each) => [each.id, each]));
    return ids.map((id) => {
      const integration = found.get(id);
      return integration && mayTouch(viewer, integration.ownerId, 'integration:read-any') ? integration : null;
    });
  }

  list(viewer: Viewer, args: IntegrationListArguments): Promise<Connection<IntegrationRecord>> {
    const query = { filter: args.filter ?? {}, visibleOwner: visibleOwner(viewer) };
    return INTEGRATIONS.page(args, query, this.parts.store);
  }

  operationsOf({ type, operations }: Pick<IntegrationRecord, 'type' | 'operations'>): readonly Operation[] {
    return this.parts.clients.of(type).operations ?? operations;
  }

  async register(viewer: Viewer, input: RegisterIntegrationInput) {
    const { userId } = signedIn(viewer);
    const client = this.parts.clients.of(input.type);
    const parsed = parseInput(registerShape, input);
    const settings = checkSettings(client, { ...input, configuration: input.configuration ?? {} }, null);
    const problems = [
      ...problemsOf(parsed),
      ...(await this.operationProblems(client, input.operations, waitingViewer(viewer))),
      ...settings.problems,
    ];
    if (!parsed.ok || problems.length > 0) return invalidInput(distinct(problems));
    const { data } = parsed;
    const id = newId();
    const values: IntegrationValues = {
      name: data.name,
      description: data.description ?? null,
      status: 'ACTIVE',
      configuration: settings.configuration,
      ...NOTHING_KEPT,
      sealedSecrets: this.parts.secrets.seal(id, settings.credentials),
      credentialsSet: Object.keys(settings.credentials),
      operations: (data.operations ?? []).map(toOperation),
      policy: mergePolicy(data.policy, DEFAULT_POLICY),
      tags: data.tags ?? [],
      metadata: data.metadata ?? {},
    };
    const fixed = { id, ownerId: userId, type: client.type };
    const integration = await this.parts.store.create(fixed, values, integrationRegistered);
    if (!integration) return this.nameTaken(userId, values.name);
    this.parts.published();
    return { __typename: 'RegisterIntegrationSuccess' as const, integration };
  }

  async update(viewer: Viewer, input: UpdateIntegrationInput) {
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt += 1) {
      const integration = await this.changeable(viewer, input.id);
      if (!integration) return notFound(NO_INTEGRATION);
      if (input.expectedVersion != null && input.expectedVersion !== integration.version) {
        return conflict(`The integration is at version ${integration.version}, not ${input.expectedVersion}.`);
      }
      const outcome = await this.updateOnce(viewer, integration, input);
      if (outcome !== 'changed meanwhile') return outcome;
    }
    return conflict('Others are changing this integration; try again.');
  }

  async delete(viewer: Viewer, { id, force }: DeleteIntegrationInput) {
    const integration = await this.changeable(viewer, id);
    if (!integration) return notFound(NO_INTEGRATION);
    const [users] = force ? [] : await this.parts.dependents.listsOf([integration], {});
    if (users && users.nodes.length > 0) return integrationInUse(users.nodes, await users.totalCount());
    if (!(await this.parts.store.delete(integration, integrationDeleted))) return notFound(NO_INTEGRATION);
    this.parts.published();
    return { __typename: 'DeleteIntegrationSuccess' as const, integrationId: id };
  }

  /** Replaces the declared operations; null when the integration was changed meanwhile. Only for what was checked. */
  replaceOperations(integration: IntegrationRecord, operations: readonly Operation[]) {
    return this.replace(integration, { operations }, false, (told) => [integrationUpdated(told)]);
  }

  /** Replaces the credentials; null when the integration was changed meanwhile. Only for what was checked. */
  replaceSecrets(
    integration: IntegrationRecord,
    secrets: KeptSecrets & Pick<IntegrationRecord, 'sealedSecrets' | 'credentialsSet'>,
    toEvents: (told: IntegrationRecord) => NewEvent[],
  ) {
    return this.replace(integration, secrets, true, toEvents);
  }

  private async replace(
    integration: IntegrationRecord,
    values: Partial<IntegrationValues>,
    resetHealth: boolean,
    toEvents: (told: IntegrationRecord) => NewEvent[],
  ): Promise<IntegrationRecord | null> {
    const all = { ...valuesOf(integration), ...values };
    const outcome = await this.parts.store.update(integration, all, resetHealth, toEvents);
    if (typeof outcome === 'string') return null;
    this.parts.published();
    return outcome;
  }

  /** Null also when the viewer may see the integration but not change it: a mutation tells neither. */
  async changeable(viewer: Viewer, id: string): Promise<IntegrationRecord | null> {
    const integration = await this.parts.store.find(id);
    return integration && mayTouch(viewer, integration.ownerId, 'integration:write-any') ? integration : null;
  }

  private async updateOnce(viewer: Viewer, integration: IntegrationRecord, input: UpdateIntegrationInput) {
    const { store, secrets, clients } = this.parts;
    const client = clients.of(integration.type);
    const { id, configuration, sealedSecrets } = integration;
    const parsed = parseInput(updateShape, input);
    const settings = checkSettings(client, input, { configuration, credentials: secrets.open(id, sealedSecrets) });
    const problems = [
      ...problemsOf(parsed),
      ...(await this.operationProblems(client, input.operations, waitingViewer(viewer))),
      ...settings.problems,
    ];
    if (!parsed.ok || problems.length > 0) return invalidInput(distinct(problems));
    const { data } = parsed;
    const kept = <T>(given: T | null | undefined, previous: T, cleared: T): T =>
      given === undefined ? previous : (given ?? cleared);
    const resetSecrets = Boolean(input.configuration ?? input.credentials);
    const values: IntegrationValues = {
      name: data.name ?? integration.name,
      description: kept(data.description, integration.description, null),
      status: data.status ?? integration.status,
      configuration: settings.configuration,
      // They belong to what was replaced.
      ...(resetSecrets ? NOTHING_KEPT : keptSecretsOf(integration)),
      sealedSecrets: secrets.seal(id, settings.credentials),
      credentialsSet: Object.keys(settings.credentials),
      operations: kept(data.operations && data.operations.map(toOperation), [...integration.operations], []),
      policy: mergePolicy(data.policy, integration.policy),
      tags: kept(data.tags, [...integration.tags], []),
      metadata: kept(data.metadata, integration.metadata, {}),
    };
    const resetHealth = resetSecrets || data.status === 'ACTIVE';
    const outcome = await store.update(integration, values, resetHealth, (told) => [integrationUpdated(told)]);
    if (outcome === 'changed meanwhile') return outcome;
    if (outcome === 'name taken') return this.nameTaken(integration.ownerId, values.name);
    this.parts.published();
    return { __typename: 'UpdateIntegrationSuccess' as const, integration: outcome };
  }

  /** Of operations whose shape is right; that of the others is told already. */
  private async operationProblems(client: AnyClient, given: unknown, whom: Requester): Promise<InvalidField[]> {
    const parsed = parseInput(operationsShape, given);
    if (!parsed.ok || parsed.data.length === 0) return [];
    if (client.operations !== null) {
      return [{ path: 'operations', message: `must be left out: integrations of type ${client.type} have their own` }];
    }
    return operationProblems(parsed.data, whom);
  }

  private async nameTaken(ownerId: string, name: string) {
    const taken = await this.parts.store.idOfName(ownerId, name);
    // Gone again since: the caller may simply repeat.
    return taken
      ? integrationNameTaken(name, taken)
      : invalidInput([{ path: 'name', message: 'was in use; try again' }]);
  }
}

const NOTHING_KEPT: KeptSecrets = {
  credentialsRotatedAt: null,
  previousSealedSecrets: null,
  previousSecretsUntil: null,
};

const keptSecretsOf = ({
  credentialsRotatedAt,
  previousSealedSecrets,
  previousSecretsUntil,
}: KeptSecrets): KeptSecrets => ({
  ...{ credentialsRotatedAt, previousSealedSecrets, previousSecretsUntil },
});

const valuesOf = (integration: IntegrationRecord): IntegrationValues => {
  const { name, description, status, configuration, sealedSecrets, credentialsSet, operations } = integration;
  const { policy, tags, metadata } = integration;
  return {
    ...{ name, description, status, configuration, sealedSecrets, credentialsSet, operations },
    ...{ policy, tags, metadata },
    ...keptSecretsOf(integration),
  };
};

/** The first problem of each path is enough. */
const distinct = (fields: readonly InvalidField[]): InvalidField[] =>
  fields.filter(({ path }, at) => fields.findIndex((other) => other.path === path) === at);
