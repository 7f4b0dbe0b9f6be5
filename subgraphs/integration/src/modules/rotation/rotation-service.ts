import { isDeepStrictEqual } from 'node:util';
import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { conflict, invalidInput, notFound, parseInput } from '@flowmesh/platform/validation';
import type { Clients } from '../../clients/clients.ts';
import type { AccessTokens } from '../authorization/access-tokens.ts';
import { testOnce, type TestRun } from '../health/test-run.ts';
import { credentialsReverted, credentialsRotated, integrationUpdated } from '../integrations/integration-events.ts';
import { NO_INTEGRATION } from '../integrations/integration-failures.ts';
import type { IntegrationRecord, KeptSecrets } from '../integrations/integration-record.ts';
import type { Credentials, IntegrationSecrets } from '../integrations/integration-secrets.ts';
import type { IntegrationService } from '../integrations/integration-service.ts';
import { checkSettings } from '../integrations/settings-check.ts';
import { rotateShape, type RevertCredentialsInput, type RotateCredentialsInput } from './rotation-input.ts';

const GRACE_SECONDS = 3_600;

export interface RotationServiceParts {
  readonly integrations: IntegrationService;
  readonly clients: Clients;
  readonly secrets: IntegrationSecrets;
  readonly tokens: AccessTokens;
}

const changed = (version: number, expected?: number | null) =>
  expected == null || expected === version
    ? null
    : conflict(`The integration is at version ${version}, not ${expected}.`);

const LOST = 'Somebody else has changed this integration meanwhile; read it again.';

/** Exchanges the credentials of integrations for others, with a way back. */
export class RotationService {
  constructor(private readonly parts: RotationServiceParts) {}

  /** Of two at the same time one wins, also when both give no `expectedVersion`. */
  async rotate(viewer: Viewer, input: RotateCredentialsInput) {
    const { integrations, clients, secrets } = this.parts;
    const integration = await integrations.changeable(viewer, input.id);
    if (!integration) return notFound(NO_INTEGRATION);
    const parsed = parseInput(rotateShape, input);
    if (!parsed.ok) return parsed.error;
    const refusal = changed(integration.version, input.expectedVersion);
    if (refusal) return refusal;
    const { id, type, configuration, sealedSecrets } = integration;
    const before = secrets.open(id, sealedSecrets);
    const { credentials, problems } = checkSettings(clients.of(type), input, { configuration, credentials: before });
    if (problems.length > 0) return invalidInput(problems);
    if (isDeepStrictEqual(credentials, before)) {
      return invalidInput([{ path: 'credentials', message: 'must differ from those in use' }]);
    }
    if (!input.skipTest && clients.of(type).triesCredentials?.(configuration) === false) return CANNOT_BE_TRIED;
    const test = input.skipTest ? null : await this.test(integration, credentials);
    if (test?.succeeded === false) return notAccepted(test);
    if (input.dryRun) return { __typename: 'RotateIntegrationCredentialsSuccess' as const, test, integration };
    const graceSeconds = parsed.data.graceSeconds ?? GRACE_SECONDS;
    const now = Date.now();
    const rotated = await this.store(
      integration,
      credentials,
      {
        credentialsRotatedAt: new Date(now),
        previousSealedSecrets: graceSeconds === 0 ? null : sealedSecrets,
        previousSecretsUntil: graceSeconds === 0 || sealedSecrets === null ? null : new Date(now + graceSeconds * 1000),
      },
      credentialsRotated(signedIn(viewer).userId),
    );
    if (!rotated) return conflict(LOST);
    return { __typename: 'RotateIntegrationCredentialsSuccess' as const, test, integration: rotated };
  }

  /** The credentials from before are used again; those that came for them are erased at once. */
  async revert(viewer: Viewer, { id, expectedVersion }: RevertCredentialsInput) {
    const integration = await this.parts.integrations.changeable(viewer, id);
    if (!integration) return notFound(NO_INTEGRATION);
    const refusal = changed(integration.version, expectedVersion);
    if (refusal) return refusal;
    const { previousSealedSecrets, previousSecretsUntil } = integration;
    if (
      previousSealedSecrets === null ||
      previousSecretsUntil === null ||
      previousSecretsUntil.getTime() <= Date.now()
    ) {
      return conflict(nothingKept(integration));
    }
    const credentials = this.parts.secrets.open(id, previousSealedSecrets);
    const kept = { credentialsRotatedAt: new Date(), previousSealedSecrets: null, previousSecretsUntil: null };
    const reverted = await this.store(integration, credentials, kept, credentialsReverted(signedIn(viewer).userId));
    return reverted
      ? { __typename: 'RevertIntegrationCredentialsSuccess' as const, integration: reverted }
      : conflict(LOST);
  }

  private async store(
    integration: IntegrationRecord,
    credentials: Credentials,
    kept: KeptSecrets,
    toEvent: ReturnType<typeof credentialsRotated>,
  ): Promise<IntegrationRecord | null> {
    const { integrations, secrets, tokens } = this.parts;
    const values = {
      ...kept,
      sealedSecrets: secrets.seal(integration.id, credentials),
      credentialsSet: Object.keys(credentials),
    };
    const stored = await integrations.replaceSecrets(integration, values, (told) => [
      integrationUpdated(told),
      toEvent(told),
    ]);
    if (stored) await tokens.renewWith(stored, { ...this.settingsOf(stored), credentials });
    return stored;
  }

  /** Of an OAuth 2 client's credentials, a token of their own is asked for; what a person has allowed is used as it is. */
  private test(integration: IntegrationRecord, credentials: Credentials): Promise<TestRun> {
    const { clients, tokens } = this.parts;
    const { type } = integration;
    const settings = { ...this.settingsOf(integration), credentials };
    const byPerson = tokens.grantOf(type, settings)?.grant.kind === 'AUTHORIZATION_CODE';
    return testOnce(clients.of(type), settings, (signal, use) =>
      byPerson ? tokens.using(integration, settings, signal, use) : tokens.usingUnstored(type, settings, use),
    );
  }

  private settingsOf({ configuration, ownerId }: IntegrationRecord) {
    return { configuration, owner: ownerId };
  }
}

const CANNOT_BE_TRIED = invalidInput([
  {
    path: 'skipTest',
    message:
      'must be true: the configuration has no healthPath, so that new credentials cannot be tried. Set one that refuses wrong credentials, or give skipTest: true',
  },
]);

/** An update of credentials or address begins anew: what was rotated before it is not known any more. */
const nothingKept = ({ credentialsRotatedAt }: KeptSecrets) =>
  credentialsRotatedAt === null
    ? 'There are no previous credentials: none were rotated since the present ones were set.'
    : `There are no previous credentials any more: those from before ${credentialsRotatedAt.toISOString()} were not kept, were brought back, or their time is over.`;

const notAccepted = (test: TestRun) => ({
  __typename: 'IntegrationCredentialsError' as const,
  code: 'CREDENTIALS_NOT_ACCEPTED',
  message: `The test with the new credentials failed: ${test.message ?? 'it is not known why'}`,
  test,
});
