import { hasScope, signedIn, type Viewer } from '@flowmesh/platform/access';
import type { AddressRules } from '@flowmesh/platform/http';
import { newId } from '@flowmesh/platform/ids';
import type { SecretBox } from '@flowmesh/platform/secrets';
import { invalidInput, line, notFound, parseInput, problemsOf } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { urlProblems } from '../agents/configurations/addresses.ts';
import type { ExecutionRecord } from '../executions/execution-record.ts';
import type { ExecutionStore } from '../executions/execution-store.ts';
import type { PushProtocol, PushRecord, PushSecrets } from './push-record.ts';
import { MAX_PUSHES, type PushStore } from './push-store.ts';

const NO_EXECUTION = 'There is no such execution, or it is neither yours nor of your agents.';
const NO_PUSH = 'There is no such push of yours.';

const visible = (max: number) =>
  z
    .string()
    .regex(/^[\x20-\x7e]+$/, 'must be visible ASCII characters')
    .max(max, `must have at most ${max} characters`);

const setShape = z
  .object({
    key: line({ min: 1, max: 100 }).default('default'),
    token: visible(1_000).nullish(),
    authenticationScheme: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,50}$/, 'must be 1 to 50 letters, digits and -')
      .nullish(),
    credentials: visible(2_000).nullish(),
  })
  .refine((given) => (given.authenticationScheme == null) === (given.credentials == null), {
    path: ['credentials'],
    message: 'are given together with authenticationScheme',
  });

export interface SetPushInput extends z.input<typeof setShape> {
  readonly executionId: string;
  readonly url: string;
  readonly protocol?: PushProtocol | undefined;
}

export interface PushServiceParts {
  readonly store: PushStore;
  readonly executions: ExecutionStore;
  readonly box: SecretBox;
  readonly rules: AddressRules;
}

/** For which row secrets are sealed. */
export const sealedFor = (id: string): string => `agent-execution-push:${id}`;

/** Who may have which address told of which execution. */
export class PushService {
  constructor(private readonly parts: PushServiceParts) {}

  async set(viewer: Viewer, { executionId, url, protocol = 'A2A_1_0', ...given }: SetPushInput) {
    const { userId } = signedIn(viewer);
    const parsed = parseInput(setShape, given);
    const problems = [...problemsOf(parsed), ...urlProblems(this.parts.rules, 'url', url)];
    if (!parsed.ok || problems.length > 0) return invalidInput(problems);
    const execution = await this.own(viewer, executionId);
    if (!execution) return notFound(NO_EXECUTION);
    const { key, ...secrets } = parsed.data;
    const id = newId();
    const sealedSecrets = this.seal(id, {
      ...(secrets.token != null && { token: secrets.token }),
      ...(secrets.authenticationScheme != null && { authenticationScheme: secrets.authenticationScheme }),
      ...(secrets.credentials != null && { credentials: secrets.credentials }),
    });
    const push = await this.parts.store.set({
      id,
      executionId,
      key,
      createdById: userId,
      url,
      protocol,
      sealedSecrets,
    });
    if (push) return { __typename: 'SetAgentExecutionPushSuccess' as const, push, execution };
    const message = `is somebody else's, or the execution has ${MAX_PUSHES} already`;
    return invalidInput([{ path: 'key', message }]);
  }

  async remove(viewer: Viewer, { executionId, key }: { readonly executionId: string; readonly key: string }) {
    const [execution] = await this.parts.executions.findMany([executionId]);
    const removed = execution && (await this.parts.store.remove(executionId, key, signedIn(viewer).userId));
    return removed ? { __typename: 'DeleteAgentExecutionPushSuccess' as const, execution } : notFound(NO_PUSH);
  }

  /** In the order of the ids: those that the viewer may see. */
  async ofExecutions(viewer: Viewer, executionIds: readonly string[]): Promise<PushRecord[][]> {
    const { userId } = signedIn(viewer);
    const all = hasScope(viewer, 'agent:read-any');
    const pushes = (await this.parts.store.ofExecutions(executionIds)).filter(
      (each) => all || each.createdById === userId,
    );
    return executionIds.map((id) => pushes.filter(({ executionId }) => executionId === id));
  }

  secretsOf({ id, sealedSecrets }: Pick<PushRecord, 'id' | 'sealedSecrets'>): PushSecrets {
    return sealedSecrets === null ? {} : (JSON.parse(this.parts.box.open(sealedSecrets, sealedFor(id))) as PushSecrets);
  }

  private seal(id: string, secrets: PushSecrets): string | null {
    return Object.keys(secrets).length === 0 ? null : this.parts.box.seal(JSON.stringify(secrets), sealedFor(id));
  }

  /** What is told is what the agent has made: only for whoever gave the work, and whose agent it is. */
  private async own(viewer: Viewer, id: string): Promise<ExecutionRecord | null> {
    const { userId } = signedIn(viewer);
    const [found] = await this.parts.executions.findMany([id]);
    return found && (found.startedById === userId || found.agentOwnerId === userId) ? found : null;
  }
}
