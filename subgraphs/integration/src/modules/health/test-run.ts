import { CallError } from '@flowmesh/platform/resilience';
import { Mask } from '@flowmesh/platform/secrets';
import type { AnyClient } from '../../clients/clients.ts';
import type { Settings } from '../../clients/integration-client.ts';
import { messageOf } from '../calls/call-failures.ts';

const DEADLINE_MS = 10_000;

/** What came of asking a service for a sign of life. */
export interface TestRun {
  readonly succeeded: boolean;
  readonly latencyMs: number;
  /** It succeeded, with a request that used the credentials. */
  readonly credentialsTried: boolean;
  /** Why it failed. */
  readonly code: string | null;
  readonly message: string | null;
}

/** Gives the settings with all that a test needs, such as an access token. */
type Using = (signal: AbortSignal, use: (ready: Settings<unknown>) => Promise<void>) => Promise<void>;

/** A client may wait for what it cannot be called back from. */
const atTheEndOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () =>
      reject(new CallError('TIMEOUT', 'There is no answer.', { retryable: true, fault: true })),
    );
  });

/** Asks once, past the policy. Within ten seconds. */
export async function testOnce(client: AnyClient, settings: Settings<unknown>, using: Using): Promise<TestRun> {
  const begun = performance.now();
  const latencyMs = () => Math.round(performance.now() - begun);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const maskOf = (of: Settings<unknown>) => new Mask(of.credentials, client.sentForms(of));
  let mask = maskOf(settings);
  try {
    const test = using(signal, (ready) => {
      mask = maskOf(ready);
      return client.test(ready, signal);
    });
    await Promise.race([test, atTheEndOf(signal)]);
    const credentialsTried = client.triesCredentials?.(settings.configuration) ?? true;
    return { succeeded: true, credentialsTried, latencyMs: latencyMs(), code: null, message: null };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const message = signal.aborted ? `No answer within ${DEADLINE_MS / 1000} seconds.` : messageOf(error, mask);
    const code = signal.aborted ? 'TIMEOUT' : error.code;
    return { succeeded: false, credentialsTried: false, latencyMs: latencyMs(), code, message };
  }
}
