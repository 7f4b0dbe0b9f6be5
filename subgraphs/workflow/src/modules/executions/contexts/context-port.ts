/** For whom and for what the engine uses a context: never more than the starter could, or the workflow was given. */
export interface ContextUser {
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly roleIds: readonly string[];
  readonly workflowId: string;
  readonly requestId: string;
}

export interface ReadContext {
  readonly version: number;
  readonly value: unknown;
}

/**
 * The context service. Each method throws `ServiceAwayError` when it is not known what was done, and `StepFailure` when
 * nothing was and nothing will be.
 */
export interface ContextPort {
  /** The same key gives the same context. */
  create(user: ContextUser, request: { readonly idempotencyKey: string; readonly name: string }): Promise<string>;
  /** As it is. */
  currentVersion(user: ContextUser, contextId: string): Promise<number>;
  /** At a version; null: as it is. */
  read(user: ContextUser, contextId: string, version: number | null): Promise<ReadContext>;
  /** Merges into the layer of a type, once for each key; gives the version with which that was done. */
  merge(user: ContextUser, request: ContextMerge): Promise<number>;
}

export interface ContextMerge {
  readonly contextId: string;
  readonly layer: string;
  readonly mergePatch: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string;
  readonly reason: string;
}
