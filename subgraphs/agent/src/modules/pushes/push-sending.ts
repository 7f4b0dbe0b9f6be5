import { toA2aTask } from '@flowmesh/platform/a2a';
import { GuardedHttpError, type GuardedHttp } from '@flowmesh/platform/http';
import type { Logger } from '@flowmesh/platform/logging';
import type { QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import type { ExecutionRecord } from '../executions/execution-record.ts';
import type { ExecutionStore } from '../executions/execution-store.ts';
import type { DuePush, PushProtocol, PushSecrets } from './push-record.ts';
import type { PushService } from './push-service.ts';
import type { PushStore } from './push-store.ts';

const EVERY_MS = 1_000;
const MAX_PER_ROUND = 50;
const DEADLINE_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** For one status. With the delays below, within ten minutes. */
const MAX_ATTEMPTS = 8;
const delayMs = (attempts: number): number => Math.min(2 ** attempts * 1_000, 180_000);

export interface SendingParts {
  readonly store: PushStore;
  readonly service: Pick<PushService, 'secretsOf'>;
  readonly executions: ExecutionStore;
  readonly http: GuardedHttp;
  readonly queues: QueueSystem;
  readonly logger: Logger;
}

/** The task in the form of the version, by the official SDK. */
async function toBody(execution: ExecutionRecord, protocol: PushProtocol) {
  const [{ Task }, { V1PushNotificationSerializer }, { V03PushNotificationSerializer }] = await Promise.all([
    import('@a2a-js/sdk'),
    import('@a2a-js/sdk/server'),
    import('@a2a-js/sdk/compat/v0_3/server'),
  ]);
  const task = Task.fromJSON(toA2aTask(execution));
  const serializer = protocol === 'A2A_1_0' ? new V1PushNotificationSerializer() : new V03PushNotificationSerializer();
  return serializer.serialize({ payload: { $case: 'task', value: task } }, task);
}

const headersOf = ({ token, authenticationScheme, credentials }: PushSecrets): Record<string, string> => ({
  ...(token !== undefined && { 'x-a2a-notification-token': token }),
  ...(authenticationScheme !== undefined && { authorization: `${authenticationScheme} ${credentials ?? ''}` }),
});

/** Posts the task; what was wrong, or null when it was received. */
async function post(
  { http, service }: SendingParts,
  push: DuePush,
  execution: ExecutionRecord,
): Promise<string | null> {
  const { body, contentType } = await toBody(execution, push.protocol);
  const headers = { ...headersOf(service.secretsOf(push)), 'content-type': contentType, 'user-agent': 'flowmesh' };
  try {
    const request = { method: 'POST', headers, body, deadlineMs: DEADLINE_MS, maxBytes: MAX_ANSWER_BYTES };
    const response = await http.request(push.url, request);
    await response.body?.cancel();
    return response.ok ? null : `answered ${response.status}`;
  } catch (error) {
    if (error instanceof GuardedHttpError) return error.message;
    throw error;
  }
}

/** Tells what is due, all at the same time. */
export async function sendPushes(parts: SendingParts): Promise<void> {
  const { store, executions, logger } = parts;
  const due = await store.claim(MAX_PER_ROUND);
  const found = new Map(
    (await executions.findMany(due.map(({ executionId }) => executionId))).map((each) => [each.id, each]),
  );
  await Promise.all(
    due.map(async (push) => {
      const execution = found.get(push.executionId);
      if (!execution) return;
      const problem = await post(parts, push, execution);
      // It may have gone on since the claim: what was sent is what was told.
      const told = { ...push, status: execution.status };
      if (problem === null) return store.told(told, null);
      logger.info({ executionId: push.executionId, problem }, 'a push was not received');
      if (push.attempts >= MAX_ATTEMPTS) return store.told(told, problem);
      return store.failed(push, problem, delayMs(push.attempts));
    }),
  );
}

/** In one process at a time. */
export const startSending = (parts: SendingParts): QueueWorker =>
  parts.queues.repeat('agent-pushes', EVERY_MS, () => sendPushes(parts));
