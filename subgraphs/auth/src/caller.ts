import type { Client, Viewer } from '@flowmesh/platform/access';

/** Who asks, and from where: what a service decides by and records. The context of an operation is one. */
export interface Caller {
  readonly viewer: Viewer;
  readonly client: Client;
}
