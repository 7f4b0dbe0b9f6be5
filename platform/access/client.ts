/** Origin of a request, as far as the gateway knows. Shown to people and used for rate limits; it is no proof. */
export interface Client {
  /** IP address in its shortest form: of the peer, or as reported by trusted proxies. Null: not caused by a client. */
  readonly address: string | null;
  /** The `user-agent` header, at most 512 characters. */
  readonly userAgent: string | null;
}

/** For work that no client is waiting for, e.g. a workflow that continues. */
export const NO_CLIENT: Client = { address: null, userAgent: null };
