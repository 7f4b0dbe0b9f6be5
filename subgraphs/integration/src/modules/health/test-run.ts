import { CallError } from '@flowmesh/platform/resilience';
import type { AnyClient } from '../../clients/clients.ts';
import type { Settings } from '../../clients/integration-client.ts';
import { Mask } from '../../clients/mask.ts';
import { messageOf } from '../calls/call-failures.ts';

const DEADLINE_MS = 10_000;

/** What came of asking a service for a sign of life. */
export interface TestRun {
  readonly succeeded: boolean;
  readonly latencyMs: number;
  /** Why it failed. */
  readonly code: string | null;
  readonly message: string | null;
}

/** A client may wait for what it cannot be called back from. */
const atTheEndOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () =>
      reject(new CallError('TIMEOUT', 'There is no answer.', { retryable: true, fault: true })),
    );
  });

/** Asks once, past the policy. Within ten seconds. */
export async function testOnce(client: AnyClient, settings: Settings<unknown>): Promise<TestRun> {
  const begun = performance.now();
  const latencyMs = () => Math.round(performance.now() - begun);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    await Promise.race([client.test(settings, signal), atTheEndOf(signal)]);
    return { succeeded: true, latencyMs: latencyMs(), code: null, message: null };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const message = signal.aborted
      ? `No answer within ${DEADLINE_MS / 1000} seconds.`
      : messageOf(error, new Mask(settings.credentials, client.sentForms(settings)));
    return { succeeded: false, latencyMs: latencyMs(), code: signal.aborted ? 'TIMEOUT' : error.code, message };
  }
}
