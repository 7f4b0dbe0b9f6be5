import type { Client } from './client.ts';
import type { Viewer } from './viewer.ts';

/**
 * Who asks, from where, for which request, and until when: what a service decides by, records and passes on. The context
 * of an operation is one.
 */
export interface Caller {
  readonly viewer: Viewer;
  readonly client: Client;
  readonly requestId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}
