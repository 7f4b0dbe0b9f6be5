import { mayTouch, type Viewer } from '@flowmesh/platform/access';
import { requestDigest } from '@flowmesh/platform/idempotency';
import { newId } from '@flowmesh/platform/ids';
import { validateAgainst } from '@flowmesh/platform/json-schema';
import { CallError, CallRefused, type Answer, type PolicyChain } from '@flowmesh/platform/resilience';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { invalidInput, notFound, parseInput, storableJson } from '@flowmesh/platform/validation';
import { Mask } from '@flowmesh/platform/secrets';
import type { Clients } from '../../clients/clients.ts';
import { InvalidCallInput, type Operation, type Settings } from '../../clients/integration-client.ts';
import type { AccessTokens } from '../authorization/access-tokens.ts';
import { NO_INTEGRATION } from '../integrations/integration-failures.ts';
import type { IntegrationRecord } from '../integrations/integration-record.ts';
import type { IntegrationSecrets } from '../integrations/integration-secrets.ts';
import type { IntegrationService } from '../integrations/integration-service.ts';
import type { IntegrationStore } from '../integrations/integration-store.ts';
import { callFailed, inactive, refused, type CallFailure } from './call-failures.ts';
import { invokeShape, type InvokeIntegrationInput } from './call-input.ts';
import type { CallLog } from './call-log.ts';
import type { CallOnce, Kept } from './call-once.ts';
import type { CallOutcome, CallSuccess } from './call-outcome.ts';
import type { CallOutcome as LoggedOutcome } from './call-record.ts';

export interface CallServiceParts {
  readonly store: IntegrationStore;
  readonly integrations: IntegrationService;
  readonly clients: Clients;
  readonly secrets: IntegrationSecrets;
  readonly tokens: AccessTokens;
  readonly chain: PolicyChain;
  readonly log: CallLog;
  readonly once: CallOnce;
}

/** For whom a call is made. */
export interface CallFor {
  readonly viewer: Viewer;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

interface PreparedCall {
  readonly integration: IntegrationRecord;
  readonly operation: Operation;
  readonly input: unknown;
  readonly idempotencyKey: string;
  /** For the whole call. */
  readonly limitMs: number;
  /** For a place among those under way. */
  readonly maxWaitMs: number;
}

const INPUT = 'input';

/** Calls what an integration stands for, through its policy. */
export class CallService {
  constructor(private readonly parts: CallServiceParts) {}

  async invoke(whom: CallFor, given: InvokeIntegrationInput) {
    const integration = await this.parts.store.find(given.id);
    if (!integration || !mayTouch(whom.viewer, integration.ownerId, 'integration:invoke-any')) {
      return notFound(NO_INTEGRATION);
    }
    const shape = parseInput(invokeShape, given);
    if (!shape.ok) return shape.error;
    const { operation: name, input = null, idempotencyKey, repeatUnknown, timeoutMs } = shape.data;
    const operations = this.parts.integrations.operationsOf(integration);
    const operation = operations.find((each) => each.name === name);
    if (!operation) return invalidInput([{ path: 'operation', message: unknownOperation(operations) }]);
    if (operation.inputSchema !== null) {
      const problems = await validateAgainst(operation.inputSchema, input, waitingViewer(whom.viewer));
      if (problems.length > 0) return invalidInput(problems.map((problem) => belowInput(problem)));
    }
    if (integration.status === 'INACTIVE') return inactive();
    const { policy } = integration;
    const limitMs = Math.min(timeoutMs ?? Infinity, policy.timeoutMs);
    const maxWaitMs = Math.min(timeoutMs ?? Infinity, policy.maxWaitMs ?? policy.timeoutMs);
    const key = idempotencyKey ?? newId();
    const work = () => this.call(whom, { integration, operation, input, idempotencyKey: key, limitMs, maxWaitMs });
    // Doing it twice is like doing it once.
    if (idempotencyKey == null || operation.readOnly || operation.repeatable) return work();
    const request = {
      integrationId: integration.id,
      operation: name,
      input,
      key,
      repeatUnknown: repeatUnknown === true,
    };
    const outcome = await this.parts.once.run(whom.viewer, request, work);
    return outcome.__typename === 'Kept' ? repeated(outcome.kept, integration) : outcome;
  }

  private async call(whom: CallFor, call: PreparedCall): Promise<CallOutcome> {
    const { integration } = call;
    const client = this.parts.clients.of(integration.type);
    const credentials = this.parts.secrets.open(integration.id, integration.sealedSecrets);
    const settings = { configuration: integration.configuration, credentials, owner: integration.ownerId };
    const maskOf = (of: Settings<unknown>) => new Mask(of.credentials, client.sentForms(of));
    let mask = maskOf(settings);
    const begun = performance.now();
    let attempts = 0;
    const end = (outcome: LoggedOutcome, errorCode: string | null) => {
      const durationMs = performance.now() - begun;
      const { id: integrationId } = integration;
      const operation = call.operation.name;
      this.parts.log.add({ integrationId, operation, outcome, errorCode, durationMs, attempts, at: new Date() });
      return durationMs;
    };
    const work = async (signal: AbortSignal) => {
      const output = await this.parts.tokens.using(integration, settings, signal, async (ready) => {
        mask = maskOf(ready);
        return storableJson(maskAnswer(mask, await client.call(ready, call, signal), call.operation));
      });
      await this.checkOutput(whom.viewer, call.operation, output);
      return output;
    };
    try {
      const { value, cached } = await this.through(whom, call, work, () => (attempts += 1));
      const durationMs = Math.round(end(cached ? 'CACHED' : 'SUCCEEDED', null));
      return {
        __typename: 'InvokeIntegrationSuccess' as const,
        output: value,
        cached,
        repeated: false,
        attempts,
        durationMs,
        integration,
      };
    } catch (error) {
      if (error instanceof CallRefused) {
        end('REFUSED', error.reason);
        return refused(error);
      }
      if (error instanceof InvalidCallInput) return invalidInput(error.fields.map((field) => belowInput(field)));
      if (!(error instanceof CallError)) throw error;
      end('FAILED', error.code);
      return callFailed(error, mask, attempts);
    }
  }

  private through(
    { signal }: CallFor,
    { integration: { id, version, policy: settings }, operation, input, limitMs, maxWaitMs }: PreparedCall,
    work: (signal: AbortSignal) => Promise<unknown>,
    onAttempt: () => void,
  ): Promise<Answer<unknown>> {
    const entry = operation.readOnly ? requestDigest({ version, operation: operation.name, input }) : null;
    // What changes something goes on when its caller leaves: nobody would know whether it was done.
    const until = operation.readOnly ? signal : undefined;
    const policy = { ...settings, timeoutMs: limitMs, maxWaitMs };
    return this.parts.chain.run({ key: id, policy, entry, work, signal: until, onAttempt });
  }

  private async checkOutput(viewer: Viewer, { outputSchema }: Operation, output: unknown): Promise<void> {
    if (outputSchema === null) return;
    const [problem] = await validateAgainst(outputSchema, output, waitingViewer(viewer));
    if (!problem) return;
    const at = problem.path ? `${problem.path}: ` : '';
    const message = `The answer does not satisfy the operation’s output schema: ${at}${problem.message}.`;
    throw new CallError('INVALID_OUTPUT', message, { retryable: false, fault: false });
  }
}

/** What became of an earlier call with the same key. */
function repeated(kept: Kept, integration: IntegrationRecord): CallSuccess | CallFailure {
  if ('__typename' in kept) return kept;
  return { __typename: 'InvokeIntegrationSuccess', ...kept, cached: false, repeated: true, integration };
}

/** An answer without credentials, but for what is the caller's own. */
function maskAnswer(mask: Mask, answer: unknown, { ownFields = [] }: Operation): unknown {
  const masked = mask.json(answer);
  if (ownFields.length === 0 || typeof answer !== 'object' || answer === null) return masked;
  const own = Object.entries(answer).filter(([name]) => ownFields.includes(name));
  return { ...(masked as object), ...Object.fromEntries(own) };
}

function unknownOperation(operations: readonly Operation[]): string {
  const names = operations.slice(0, 20).map(({ name }) => name);
  return names.length === 0 ? 'is none: the integration has no operations' : `must be one of ${names.join(', ')}`;
}

/** Path below `input` of the mutation, where the operation’s input is a field of the same name. */
function belowInput<Problem extends { readonly path: string }>(problem: Problem): Problem {
  const { path } = problem;
  return { ...problem, path: path === '' ? INPUT : path.startsWith('[') ? INPUT + path : `${INPUT}.${path}` };
}
