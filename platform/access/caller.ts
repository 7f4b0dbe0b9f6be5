import type { Client } from './client.ts';
import type { Viewer } from './viewer.ts';

/**
 * The caller of a service: viewer, client, request and cancellation. Services use it to decide, to audit, and pass it on.
 * The context of an operation is one.
 */
export interface Caller {
  readonly viewer: Viewer;
  readonly client: Client;
  readonly requestId: string;
  /** Aborted when nobody waits for the answer. */
  readonly signal?: AbortSignal | undefined;
}
